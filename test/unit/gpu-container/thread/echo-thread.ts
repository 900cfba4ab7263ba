import { answerCalls } from '../../../../gpu-container/src/thread/answer-calls.ts';
import { receiveItems } from '../../../../gpu-container/src/thread/item-stream.ts';
import type { EchoRequest } from './echo-messages.ts';

// A thread that says back what it is told, one way or another.

await answerCalls<{ name: string }, EchoRequest>(async () => ({
  facts: { name: 'echo' },
  answer: async (request, { signal, tell }) => {
    switch (request.call) {
      case 'echo':
        for (const word of request.words) {
          tell(word);
        }
        return request.words.join(' ');
      case 'wait':
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return 'aborted';
      case 'sum': {
        let sum = 0;
        for await (const { value } of receiveItems<{ value: Uint8Array }>(request.port, 2)) {
          sum += value[0]!;
          if (sum >= request.enough) {
            break;
          }
        }
        return sum;
      }
      case 'die':
        return process.exit(3);
      case 'leave':
        return undefined;
    }
  },
}));
