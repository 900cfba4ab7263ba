/** `hh:mm:ss` of a time in seconds, cut to whole seconds as a reader would say it. */
export function clockTime(seconds: number): string {
  const whole = Math.floor(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** `hh:mm:ss,mmm` (SRT) or `hh:mm:ss.mmm` (WebVTT) of a time in seconds, rounded to milliseconds. */
export function subtitleTime(seconds: number, decimalMark: ',' | '.'): string {
  const milliseconds = Math.round(seconds * 1000);
  const fraction = String(milliseconds % 1000).padStart(3, '0');
  return `${clockTime(Math.floor(milliseconds / 1000))}${decimalMark}${fraction}`;
}
