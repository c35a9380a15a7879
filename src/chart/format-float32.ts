import { layOutFloat } from './format-go-float.ts';

/**
 * A float as Go's strconv.FormatFloat(f, 'g', -1, 32) writes it, which is how sigs.k8s.io/yaml turns an unquoted
 * number into a string (`appVersion: 1.10` is "1.1", `1e21` is "1e+21"). 32 bits is that library's choice: digits beyond
 * about eight are lost.
 */
export function formatFloat32(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '+Inf' : '-Inf';
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  const { digits, exponent } = shortest(single);
  return layOutFloat(single < 0, digits, exponent);
}

/** The fewest decimal digits that read back as the same 32-bit float; value = d.ddd × 10^exponent. */
function shortest(single: number): { digits: string; exponent: number } {
  for (let places = 0; places < 9; places++) {
    const text = Math.abs(single).toExponential(places);
    if (Math.fround(Number(text)) === Math.abs(single)) {
      const [mantissa = '', power = '0'] = text.split('e');
      return { digits: mantissa.replace('.', '').replace(/0+$/, '') || '0', exponent: Number(power) };
    }
  }
  const [mantissa = '', power = '0'] = Math.abs(single).toExponential(8).split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(power) };
}
