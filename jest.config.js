// Set here because a test's process.env is a copy that native code does not see.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

export default {
  testEnvironment: '<rootDir>/test/environment/native-realm.js',
  moduleNameMapper: { '^onnxruntime-node$': '<rootDir>/test/environment/onnxruntime-node.js' },
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  testTimeout: 120_000,
  maxWorkers: 2,
};
