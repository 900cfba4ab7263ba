import { workerData } from 'node:worker_threads';
import { answerCalls } from '../../thread/answer-calls.ts';
import { openTextEmbedder } from '../text/text-embedder.ts';
import type { TextFacts, TextRequest, TextSource } from './text-messages.ts';

// A thread that embeds texts.

await answerCalls<TextFacts, TextRequest>(async () => {
  const embedder = await openTextEmbedder(workerData as TextSource);
  const { modelId, dims, maxTextTokens } = embedder;
  return {
    facts: { modelId, dims, maxTextTokens },
    answer: async (request, { signal }) => {
      switch (request.call) {
        case 'embed':
          return await embedder.embed(request.texts, { signal });
        case 'dispose':
          return await embedder.dispose();
      }
    },
  };
});
