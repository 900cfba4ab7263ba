import type { Tensor } from 'onnxruntime-node';
import { WEIGHTS_FILE } from '../../../gpu-container/src/models/prepare/prepare-whisper.ts';
import { floatTensor } from '../../../gpu-container/src/onnx/float-tensor.ts';
import { writeModel } from '../../../gpu-container/src/onnx/graph/model-file.ts';
import { openSession } from '../../../gpu-container/src/onnx/session.ts';
import { startDecoder } from '../../../gpu-container/src/transcribe/whisper/decoder.ts';
import { logitFilters } from '../../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import type { WhisperDimensions } from '../../../gpu-container/src/transcribe/whisper/model-config.ts';
import { buildMergedDecoder } from '../../../gpu-container/src/transcribe/whisper/network/merged-decoder.ts';
import { NETWORK_TYPES } from '../../../gpu-container/src/transcribe/whisper/network/network.ts';
import { readPublishedWeights } from '../../../gpu-container/src/transcribe/whisper/network/published-weights.ts';
import { describeWhisper } from '../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { searchTokens } from '../../../gpu-container/src/transcribe/whisper/search.ts';
import { chooseMostProbable } from '../../../gpu-container/src/transcribe/whisper/token-choice.ts';
import { forcedPrompt, withoutEnd } from '../forced-texts.ts';
import { madeBytes } from '../made-bytes.ts';
import { filesIn } from '../whisper-model/model-folder.ts';
import type { Setup } from './messages.ts';
import { serveSide } from './serve-side.ts';
import { medianSeconds } from './timing.ts';

/**
 * The product's search that goes on step by step outside the graph, whose keys and
 * values pass through the memory of the host at every token.
 */
export type StepLoopRequest = Setup & {
  readonly shape: string;
  readonly folder: string;
  readonly batches: readonly number[];
  /** Tokens to be written after the first. */
  readonly steps: number;
};

await serveSide(
  async ({ device, precision, rounds, shape, folder, batches, steps }: StepLoopRequest, tell) => {
    const files = filesIn(folder);
    const whisper = withoutEnd(await describeWhisper(files));
    const { dimensions, vocabulary } = whisper;
    const weights = await readPublishedWeights(files);
    const model = buildMergedDecoder(weights, dimensions, NETWORK_TYPES[precision]);
    const session = await openSession(files.file(WEIGHTS_FILE), { device }, writeModel(model));
    const start = startDecoder(session, dimensions);
    const filter = logitFilters(vocabulary, false);
    for (const batch of batches) {
      const states = madeStates(batch, dimensions, precision);
      const prompts = Array(batch).fill(forcedPrompt(whisper));
      const write = (maxNewTokens: number) =>
        searchTokens(
          start(states),
          prompts,
          [() => chooseMostProbable],
          { filter, maxNewTokens },
          vocabulary,
        );
      const first = await medianSeconds(rounds, () => write(1));
      const all = await medianSeconds(rounds, () => write(1 + steps));
      const stepMs = ((all - first) / steps) * 1000;
      tell({ measured: 'step', shape, batch, steps, stepMs });
    }
  },
);

/** As if an encoder had put them out: it is what follows that is timed. */
function madeStates(
  batch: number,
  { encoderPositions, decoderHeads, headSize }: WhisperDimensions,
  precision: Setup['precision'],
): Tensor {
  const width = decoderHeads * headSize;
  const bytes = madeBytes(batch * encoderPositions * width, batch);
  const values = Float32Array.from(bytes, (byte) => byte / 128 - 1);
  const type = precision === 'fp16' ? 'float16' : 'float32';
  return floatTensor(type, values, [batch, encoderPositions, width]);
}
