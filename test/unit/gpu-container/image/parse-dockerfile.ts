/** One instruction: `name` in capitals, `text` with its continued lines joined. */
type Instruction = { name: string; text: string };

/** A build stage: its base, its own name, and what follows its FROM. */
export type Stage = { base: string; name: string | undefined; instructions: Instruction[] };

export type CopyInstruction = { from: string | undefined; sources: string[]; target: string };

/** The instructions of a Dockerfile, without comments. Heredocs are not understood. */
function parseInstructions(dockerfile: string): Instruction[] {
  const logicalLines = dockerfile
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n');
  return logicalLines
    .map((line) => /^\s*(\w+)\s+(.+?)\s*$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', text = '']) => ({
      name: name.toUpperCase(),
      text: text.replace(/\s+/g, ' '),
    }));
}

export function parseStages(dockerfile: string): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of parseInstructions(dockerfile)) {
    if (instruction.name === 'FROM') {
      const [base = '', , name] = instruction.text.split(' ');
      stages.push({ base, name, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push(instruction);
    }
  }
  return stages;
}

/** The texts of a stage's instructions of one name. */
export function textsOf(stage: Stage, name: string): string[] {
  return stage.instructions
    .filter((instruction) => instruction.name === name)
    .map(({ text }) => text);
}

export function copiesOf(stage: Stage): CopyInstruction[] {
  return textsOf(stage, 'COPY').map(parseCopy);
}

/** The text of a COPY, without its name. */
export function parseCopy(text: string): CopyInstruction {
  const words = text.split(' ');
  const flags = words.filter((word) => word.startsWith('--'));
  const paths = words.filter((word) => !word.startsWith('--'));
  return {
    from: flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length),
    sources: paths.slice(0, -1),
    target: paths.at(-1) ?? '',
  };
}

/** The key=value pairs of a stage's ENV instructions. */
export function environmentOf(stage: Stage): Map<string, string> {
  const pairs = textsOf(stage, 'ENV').flatMap((text) => [...text.matchAll(/(\w+)=("[^"]*"|\S+)/g)]);
  return new Map(pairs.map(([, key = '', value = '']) => [key, value.replace(/^"|"$/g, '')]));
}
