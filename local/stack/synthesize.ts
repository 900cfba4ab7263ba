import { synthesizeTemplate } from '../../infra/synthesize.ts';

/** Prints the synthesised stack as JSON; the argument is the context. */
const context = JSON.parse(process.argv[2] ?? '{}');
process.stdout.write(JSON.stringify(await synthesizeTemplate(context)));
