/** Pixels stretched more than this are a broken header, not an anamorphic film. */
const MAX_PIXEL_STRETCH = 4;

/**
 * Filters from a decoded frame to RGB as it is meant to be seen. Rotation is
 * undone by ffmpeg before them. Pixels that are not square are stretched along
 * their longer side, so that nothing is lost. Samples of more than 8 bits are
 * rounded to 8; HDR keeps its transfer curve, as it does in the training data of
 * the models, which was read without tone mapping. Where the size stays, `scale`
 * only converts colours.
 *
 * @param maxEdge longest side in pixels; smaller frames are left as they are
 */
export function displayFilters(maxEdge: number | null): string {
  const aspect = `if(between(sar,${1 / MAX_PIXEL_STRETCH},${MAX_PIXEL_STRETCH}),sar,1)`;
  const wide = `iw*max(1,${aspect})`;
  const high = `ih*max(1,1/${aspect})`;
  const fit = maxEdge === null ? '1' : `min(1,${maxEdge}/max(${wide},${high}))`;
  return [
    `scale=w='max(1,round(${wide}*${fit}))':h='max(1,round(${high}*${fit}))':flags=bicubic`,
    'setsar=1',
    'format=rgb24',
    'showinfo=checksum=0',
  ].join(',');
}
