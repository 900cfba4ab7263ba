import { describe, expect, it } from '@jest/globals';
import { createResolver } from '../../../../local/stack/intrinsics.ts';
import { parseTemplate } from '../../../../local/stack/template.ts';

const template = parseTemplate({
  Parameters: { Stage: { Default: 'prod' } },
  Conditions: {
    IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
    IsTest: { 'Fn::Not': [{ Condition: 'IsProd' }] },
    Either: { 'Fn::Or': [{ Condition: 'IsTest' }, { Condition: 'IsProd' }] },
    Both: { 'Fn::And': [{ Condition: 'IsTest' }, { Condition: 'IsProd' }] },
  },
  Resources: {},
});

const resolve = createResolver(
  template,
  { ref: (id) => `ref-${id}`, attribute: (id, name) => `${id}:${name}` },
  {
    Region: 'us-east-1',
    AccountId: '000000000000',
    Partition: 'aws',
    URLSuffix: 'amazonaws.com',
    StackName: 'Reelscribe',
  },
);

describe('createResolver', () => {
  it('resolves references to resources, parameters and pseudo parameters', () => {
    expect(resolve({ Ref: 'Queue' })).toBe('ref-Queue');
    expect(resolve({ Ref: 'Stage' })).toBe('prod');
    expect(resolve({ Ref: 'AWS::Region' })).toBe('us-east-1');
  });

  it('resolves attributes given as a list and as text', () => {
    expect(resolve({ 'Fn::GetAtt': ['Queue', 'Arn'] })).toBe('Queue:Arn');
    expect(resolve({ 'Fn::GetAtt': 'Nested.Outputs.Url' })).toBe('Nested:Outputs.Url');
  });

  it('joins, splits and selects', () => {
    const arn = { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Partition' }, { Ref: 'Queue' }]] };
    expect(resolve(arn)).toBe('arn:aws:ref-Queue');
    expect(resolve({ 'Fn::Select': [2, { 'Fn::Split': [':', arn] }] })).toBe('ref-Queue');
  });

  it('substitutes references, attributes, given variables and literals into text', () => {
    expect(
      resolve({
        'Fn::Sub': [
          `\${AWS::StackName}/\${Queue}/\${Queue.Arn}/\${given}/\${!kept}`,
          { given: { Ref: 'Stage' } },
        ],
      }),
    ).toBe(`Reelscribe/ref-Queue/Queue:Arn/prod/\${kept}`);
  });

  it('chooses by condition', () => {
    const chosen = (name: string) => resolve({ 'Fn::If': [name, 'yes', 'no'] });
    expect(['IsProd', 'IsTest', 'Either', 'Both'].map(chosen)).toEqual(['yes', 'no', 'yes', 'no']);
  });

  it('takes AWS::NoValue out of objects and lists', () => {
    const none = { Ref: 'AWS::NoValue' };
    expect(resolve({ a: none, b: ['x', none, { 'Fn::If': ['IsTest', 'y', none] }] })).toEqual({
      b: ['x'],
    });
  });

  it('resolves at any depth and leaves other values as they are', () => {
    const value = { list: [{ deep: { Ref: 'Queue' } }], number: 3, flag: false, nothing: null };
    expect(resolve(value)).toEqual({ ...value, list: [{ deep: 'ref-Queue' }] });
  });

  it('throws for what it does not know rather than make something up', () => {
    expect(() => resolve({ 'Fn::ImportValue': 'other-stack' })).toThrow('Fn::ImportValue');
    expect(() => resolve({ Ref: 'AWS::StackId' })).toThrow('AWS::StackId');
  });
});
