import {
  openSpeechModel,
  type SpeechModel,
} from '../../../gpu-container/src/transcribe/whisper/in-graph/speech-model.ts';
import type { Prompt } from '../../../gpu-container/src/transcribe/whisper/prompt.ts';
import { describeWhisper } from '../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { forcedPrompt, withoutEnd } from '../forced-texts.ts';
import { watchLoad } from '../load.ts';
import { readSamples, speechWindows } from '../speech.ts';
import { filesIn } from '../whisper-model/model-folder.ts';
import type { Setup } from './messages.ts';
import { serveSide, type Tell } from './serve-side.ts';
import { medianSeconds } from './timing.ts';

/** Windows of speech through the product's whole graph, batch by batch. */
export type WhisperRequest = Setup & {
  readonly shape: string;
  readonly folder: string;
  readonly speechPath: string;
  /** In the order in which they are to be measured. */
  readonly batches: readonly number[];
  /** Written of each window, whatever is said. */
  readonly tokens: number;
};

/** How long the GPU is watched while it is busy. */
const WATCHED_SECONDS = 4;

async function measureWhisper(
  { device, precision, rounds, shape, folder, speechPath, batches, tokens }: WhisperRequest,
  tell: Tell,
): Promise<void> {
  const files = filesIn(folder);
  const whisper = withoutEnd(await describeWhisper(files));
  const model = await openSpeechModel(files, whisper, { device, precision });
  const prompt = forcedPrompt(whisper);
  const speech = await readSamples(speechPath);
  for (const batch of batches) {
    const windows = speechWindows(speech, batch);
    const run = (maxNewTokens: number) => runForced(model, prompt, windows, maxNewTokens);
    const seconds = await medianSeconds(rounds, () => run(tokens));
    const secondsToFirstToken = await medianSeconds(rounds, () => run(1));
    tell({
      ...{ measured: 'whisper', side: 'ours', shape, batch, tokens },
      ...{ seconds, secondsToFirstToken },
    });
    if (batch === batches[0] && device === 'cuda') {
      const load = await watchLoad(WATCHED_SECONDS, () => run(tokens));
      tell({ measured: 'load', shape, batch, ...load });
    }
  }
}

async function runForced(
  model: SpeechModel,
  prompt: Prompt,
  windows: readonly Float32Array[],
  maxNewTokens: number,
): Promise<void> {
  const heard = await model.run({
    samples: windows,
    prompts: windows.map(() => prompt),
    ...{ maxNewTokens, timestamps: false, temperature: 0, stopAtLoops: false },
  });
  const written = heard.texts.map(([text]) => text!.tokens.length);
  if (written.some((count) => count !== maxNewTokens)) {
    throw new Error(`Windows got ${written.join(', ')} tokens instead of ${maxNewTokens}`);
  }
}

await serveSide(measureWhisper);
