import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import type { PcmReader } from '../decode/pcm.ts';
import type { ChannelState } from './checkpoint.ts';
import { shareProgress } from './progress.ts';
import {
  type MediaTranscription,
  type TranscriptionEngine,
  type TranscriptionRun,
  transcribeMedia,
} from './transcribe-media.ts';

/** What there is to transcribe: a channel of the recording or, without a number, the mix of all. */
export type ChannelAudio = { channel?: number; pcm: PcmReader };

export type ChannelTranscription = ChannelState & MediaTranscription;

export type ChannelsRun = Omit<TranscriptionRun, 'resumeFrom' | 'onState'> & {
  /** What an earlier attempt did on the same media. */
  resumeFrom: readonly ChannelState[];
  /** Told after every window where each channel stands; awaited, so that it may store the states. */
  onStates: (states: readonly ChannelState[]) => Promise<void>;
};

/**
 * Transcribes channels one after another, each as a recording of its own: with
 * its own speech regions and its own language. Going on from told states gives
 * what an uninterrupted run would have given.
 *
 * @throws What the transcription of any one channel throws.
 */
export async function transcribeChannels(
  channels: readonly ChannelAudio[],
  task: TranscriptionTask,
  engine: TranscriptionEngine,
  { resumeFrom, onStates, ...run }: ChannelsRun,
): Promise<ChannelTranscription[]> {
  const reportOf = shareProgress(run.report, channels.length);
  const results: ChannelTranscription[] = [];
  // The states as told, and not as returned, are what a channel can go on from.
  let states = resumeFrom;
  try {
    for (const [index, { pcm, ...which }] of channels.entries()) {
      const transcription = await transcribeMedia(pcm, task, engine, {
        ...run,
        report: reportOf(index),
        resumeFrom: states.find(({ channel }) => channel === which.channel)?.state,
        onState: async (state) => {
          const others = states.filter(({ channel }) => channel !== which.channel);
          states = [...others, { ...which, state }];
          await onStates(states);
        },
      });
      results.push({ ...which, ...transcription });
    }
  } catch (error) {
    // An interruption between two windows would lose what was done since states were last stored.
    if (run.signal.aborted) {
      await onStates(states);
    }
    throw error;
  }
  return results;
}
