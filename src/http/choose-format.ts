import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { FORMATS, type Format, findFormat } from '../report/index.ts';

/**
 * The format a client asks for: `?format=` first, then Accept (by its weights), then json.
 * @throws ChartsealError `request.invalid` for a format that does not exist
 */
export function chooseFormat(query: string | undefined, accept: string | undefined): Format {
  const json = FORMATS[0] as Format;
  if (query !== undefined) {
    const found = findFormat(query);
    if (found !== undefined) return found;
    const names = FORMATS.map((format) => format.name).join(', ');
    throw new ChartsealError('request.invalid', `there is no format "${clean(query)}"; there are: ${names}`);
  }
  const wanted = (accept ?? '')
    .split(',')
    .map((item) => {
      const [type = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { type, weight: weight === undefined ? 1 : Number(weight) || 0 };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { type } of wanted) {
    const found = FORMATS.find((format) => format.contentType.split(';')[0] === type);
    if (found !== undefined) return found;
  }
  return json;
}
