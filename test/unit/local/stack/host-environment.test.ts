import { describe, expect, it } from '@jest/globals';
import {
  functionHostEnvironment,
  workerHostEnvironment,
} from '../../../../local/stack/host-environment.ts';

const endpoints = {
  s3: 'http://127.0.0.1:1',
  sqs: 'http://127.0.0.1:1',
  dynamodb: 'http://127.0.0.1:2',
  secretsManager: 'http://127.0.0.1:3',
  batch: 'http://127.0.0.1:4',
};

const machine = {
  PATH: '/bin',
  HOME: '/home/user',
  REELSCRIBE_OFFLINE: '1',
  npm_config_registry: 'http://127.0.0.1:5',
  AWS_PROFILE: 'production',
  AWS_SESSION_TOKEN: 'secret',
  GITHUB_TOKEN: 'secret',
};

describe('the host environment', () => {
  it('lets the worker see programs, caches and model settings of the machine, and nothing else of it', () => {
    const environment = workerHostEnvironment(endpoints, { allowLoopbackUrls: false, machine });
    expect(Object.keys(environment).toSorted()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_EC2_METADATA_DISABLED',
      'AWS_ENDPOINT_URL_DYNAMODB',
      'AWS_ENDPOINT_URL_S3',
      'AWS_ENDPOINT_URL_SQS',
      'AWS_SECRET_ACCESS_KEY',
      'DEVICE',
      'HOME',
      'PATH',
      'REELSCRIBE_OFFLINE',
      'SCRATCH_DIR',
      'npm_config_registry',
    ]);
    // The Region is the job definition's to give, as it is in AWS.
    expect(environment).toMatchObject({ DEVICE: 'cpu', AWS_SECRET_ACCESS_KEY: 'local' });
  });

  it('allows loopback URLs only where it is told to', () => {
    const of = (allowLoopbackUrls: boolean) => [
      functionHostEnvironment(endpoints, allowLoopbackUrls)['ALLOW_LOOPBACK_URLS'],
      workerHostEnvironment(endpoints, { allowLoopbackUrls, machine })['ALLOW_LOOPBACK_URLS'],
    ];
    expect(of(false)).toEqual([undefined, undefined]);
    expect(of(true)).toEqual(['1', '1']);
  });

  it('leads every client of a function to its emulator', () => {
    expect(functionHostEnvironment(endpoints, false)).toMatchObject({
      AWS_ENDPOINT_URL_BATCH: 'http://127.0.0.1:4',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:3',
    });
  });
});
