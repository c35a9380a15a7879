/**
 * A finite float as Go's strconv.FormatFloat(f, 'g', -1, 64) writes it: `1.5`, `1e+06`, `1e-07`. JavaScript's shortest
 * digits that read back as the same number are Go's; the layout differs.
 */
export function formatFloat64(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', power = '0'] = Math.abs(value).toExponential().split('e');
  return layOutFloat(value < 0, mantissa.replace('.', ''), Number(power));
}

/**
 * Digits and exponent laid out as Go's strconv.FormatFloat does for format 'g' and precision -1.
 * @param digits decimal digits without a point and without zeros at the end
 * @param exponent value = d.ddd × 10^exponent
 */
export function layOutFloat(negative: boolean, digits: string, exponent: number): string {
  const sign = negative ? '-' : '';
  // For the shortest form strconv decides as if the precision were 6 (strconv/ftoa.go: "if shortest { eprec = 6 }").
  if (exponent < -4 || exponent >= 6) {
    const size = Math.abs(exponent);
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
