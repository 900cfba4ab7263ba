import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { readWav } from '../../../parity/wav.ts';

/** J. F. Kennedy, 1961: "And so, my fellow Americans…", 11 s at 16 kHz. */
export async function readKennedy(): Promise<Float32Array> {
  const speech = await modelStoreFromEnvironment().pull('demo-speech');
  return readWav(speech.file('jfk.wav'));
}
