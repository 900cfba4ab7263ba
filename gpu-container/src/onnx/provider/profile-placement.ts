import type { Tensor } from 'onnxruntime-node';
import { loadSession, type SessionOptions } from '../session.ts';
import type { Placement } from './placement.ts';
import { openProfileFile } from './profile-file.ts';

/**
 * Runs a model twice and tells where the second run was computed.
 *
 * @param path as {@link loadSession}
 * @param model as {@link loadSession}
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link loadSession}
 */
export async function profilePlacement(
  path: string,
  inputs: Readonly<Record<string, Tensor>>,
  options: SessionOptions = {},
  model?: Uint8Array,
): Promise<Placement> {
  await using profile = await openProfileFile();
  const session = await loadSession(path, options, model, profile.prefix);
  try {
    await session.run(inputs, session.outputNames);
    await session.run(inputs, session.outputNames);
    session.endProfiling();
    return await profile.read();
  } finally {
    await session.dispose();
  }
}
