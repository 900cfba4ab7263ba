import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RUNTIME_HOME } from './runtime-home.ts';

const home = process.env[RUNTIME_HOME];

/** Preloaded (`node --import`) by what is to compute with another onnxruntime-node than the project's. */
if (home !== undefined) {
  const parentURL = pathToFileURL(join(home, 'redirect.js')).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'onnxruntime-node'
        ? next(specifier, { ...context, parentURL })
        : next(specifier, context),
  });
}
