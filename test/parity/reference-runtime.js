import { registerHooks } from 'node:module';

// Imported before anything else: makes `onnxruntime-node` mean the release that
// the reference decodings were made with. The 8-bit models give other last digits
// on any other, and where two tokens are close, another text.
registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(
      specifier === 'onnxruntime-node' ? 'onnxruntime-node-reference' : specifier,
      context,
    ),
});
