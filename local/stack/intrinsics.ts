import type { Template } from './template.ts';

/** What the names of a template's resources are, once they exist. */
export type References = {
  /** What `Ref` returns. */
  ref(logicalId: string): string;
  /** What `Fn::GetAtt` returns. */
  attribute(logicalId: string, attribute: string): string;
};

/** `AWS::Region` and the like, without the prefix. */
export type PseudoParameters = {
  Region: string;
  AccountId: string;
  Partition: string;
  URLSuffix: string;
  StackName: string;
};

export type Resolve = (value: unknown) => unknown;

const NO_VALUE = Symbol('AWS::NoValue');

/** Replaces CloudFormation's intrinsic functions in a value by what they stand for. */
export function createResolver(
  template: Pick<Template, 'Parameters' | 'Conditions'>,
  references: References,
  pseudo: PseudoParameters,
): Resolve {
  const functions: Record<string, (argument: unknown) => unknown> = {
    Ref: (argument) => ref(String(argument)),
    'Fn::GetAtt': (argument) => {
      const [logicalId = '', ...attribute] = Array.isArray(argument)
        ? argument.map(String)
        : String(argument).split('.');
      return references.attribute(logicalId, attribute.join('.'));
    },
    'Fn::Join': (argument) => {
      const [delimiter, parts] = pair(argument);
      return list(parts).map(String).join(String(delimiter));
    },
    'Fn::Split': (argument) => {
      const [delimiter, text] = pair(argument);
      return String(resolve(text)).split(String(delimiter));
    },
    'Fn::Select': (argument) => {
      const [index, values] = pair(argument);
      return list(values)[Number(resolve(index))];
    },
    'Fn::Sub': (argument) => {
      const [text, given] = Array.isArray(argument) ? argument : [argument, {}];
      return substitute(String(text), given as Record<string, unknown>);
    },
    'Fn::If': (argument) => {
      const [name, whenTrue, whenFalse] = argument as [string, unknown, unknown];
      return visit(condition({ Condition: name }) ? whenTrue : whenFalse);
    },
  };

  function ref(name: string): unknown {
    if (name === 'AWS::NoValue') {
      return NO_VALUE;
    }
    if (name.startsWith('AWS::')) {
      return pseudoParameter(name);
    }
    const parameter = template.Parameters[name];
    if (parameter !== undefined) {
      return parameter.Default;
    }
    return references.ref(name);
  }

  function pseudoParameter(name: string): string {
    const key = name.slice('AWS::'.length);
    if (!(key in pseudo)) {
      throw new Error(`${name} has no local value`);
    }
    return pseudo[key as keyof PseudoParameters];
  }

  function substitute(text: string, given: Record<string, unknown>): string {
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal === '!') {
        return `\${${name}}`;
      }
      if (name in given) {
        return String(resolve(given[name]));
      }
      const [logicalId = '', ...attribute] = name.split('.');
      return attribute.length === 0
        ? String(ref(name))
        : references.attribute(logicalId, attribute.join('.'));
    });
  }

  function condition(value: unknown): boolean {
    const [name, argument] = soleEntry(value) ?? [];
    switch (name) {
      case 'Condition':
        return condition(template.Conditions[String(argument)]);
      case 'Fn::Equals': {
        const [one, other] = pair(argument);
        return resolve(one) === resolve(other);
      }
      case 'Fn::Not':
        return !condition((argument as unknown[])[0]);
      case 'Fn::And':
        return (argument as unknown[]).every(condition);
      case 'Fn::Or':
        return (argument as unknown[]).some(condition);
      default:
        throw new Error(`not a condition: ${JSON.stringify(value)}`);
    }
  }

  function list(value: unknown): unknown[] {
    const resolved = resolve(value);
    if (!Array.isArray(resolved)) {
      throw new Error(`not a list: ${JSON.stringify(value)}`);
    }
    return resolved;
  }

  function visit(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map(visit).filter((item) => item !== NO_VALUE);
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const [name = '', argument] = soleEntry(value) ?? [];
    if (name === 'Ref' || name.startsWith('Fn::')) {
      const evaluate = functions[name];
      if (evaluate === undefined) {
        throw new Error(`${name} has no local meaning`);
      }
      return evaluate(argument);
    }
    const entries = Object.entries(value).map(([key, item]) => [key, visit(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
  }

  function resolve(value: unknown): unknown {
    const resolved = visit(value);
    return resolved === NO_VALUE ? undefined : resolved;
  }

  return resolve;
}

function soleEntry(value: unknown): [string, unknown] | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const entries = Object.entries(value);
  return entries.length === 1 ? entries[0] : undefined;
}

function pair(argument: unknown): [unknown, unknown] {
  if (!Array.isArray(argument) || argument.length !== 2) {
    throw new Error(`not a pair: ${JSON.stringify(argument)}`);
  }
  return [argument[0], argument[1]];
}
