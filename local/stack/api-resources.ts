import { z } from 'zod';
import type { DeployedStack } from './deployed-stack.ts';
import type { FindFunction } from './function-resources.ts';
import type { ApiMethod, GatewayResponses } from './rest-api.ts';

const methodSchema = z.object({
  HttpMethod: z.string(),
  ResourceId: z.unknown(),
  ApiKeyRequired: z.boolean().default(false),
  AuthorizationType: z.string().default('NONE'),
  Integration: z.object({ Type: z.string(), Uri: z.string().optional() }),
});

const resourceSchema = z.object({ ParentId: z.string(), PathPart: z.string() });

const gatewayResponseSchema = z.object({
  ResponseType: z.string(),
  StatusCode: z.coerce.number().optional(),
  ResponseParameters: z.record(z.string(), z.string()).default({}),
  ResponseTemplates: z.record(z.string(), z.string()).default({}),
});

/** The invocation URI of a function integration ends in `functions/<arn>/invocations`. */
const FUNCTION_URI = /functions\/(arn:[^/]+)\/invocations$/;

/** The methods of the REST API, each with its full path and the function behind it. */
export function readApiMethods(stack: DeployedStack, find: FindFunction): ApiMethod[] {
  const paths = new Map(
    stack
      .ofType('AWS::ApiGateway::Resource')
      .map(({ logicalId, properties }) => [
        stack.references.name(logicalId),
        resourceSchema.parse(properties),
      ]),
  );
  const pathOf = (id: string): string => {
    const resource = paths.get(id);
    // Whatever is not a resource of the template is the root.
    return resource === undefined ? '' : `${pathOf(resource.ParentId)}/${resource.PathPart}`;
  };

  return stack.ofType('AWS::ApiGateway::Method').flatMap(({ logicalId, properties }) => {
    const method = methodSchema.parse(properties);
    if (method.Integration.Type !== 'AWS_PROXY') {
      return [];
    }
    if (method.AuthorizationType !== 'NONE') {
      throw new Error(`${logicalId}: authorisation ${method.AuthorizationType} is not emulated`);
    }
    const deployed = find(FUNCTION_URI.exec(method.Integration.Uri ?? '')?.[1] ?? '');
    if (deployed === undefined) {
      throw new Error(`${logicalId}: no function of ours behind ${method.Integration.Uri}`);
    }
    return [
      {
        resource: pathOf(String(method.ResourceId)) || '/',
        httpMethod: method.HttpMethod,
        apiKeyRequired: method.ApiKeyRequired,
        invoke: deployed.invoke,
      },
    ];
  });
}

export function readGatewayResponses(stack: DeployedStack): GatewayResponses {
  return Object.fromEntries(
    stack.ofType('AWS::ApiGateway::GatewayResponse').map(({ properties }) => {
      const response = gatewayResponseSchema.parse(properties);
      return [
        response.ResponseType,
        {
          status: response.StatusCode,
          headers: readHeaders(response.ResponseParameters),
          templates: response.ResponseTemplates,
        },
      ];
    }),
  );
}

/** `gatewayresponse.header.Name: "'value'"` as `name: value`. Only literal values are known here. */
function readHeaders(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([parameter, value]) => {
      const name = /^gatewayresponse\.header\.(.+)$/.exec(parameter)?.[1];
      const literal = /^'(.*)'$/.exec(value)?.[1];
      return name === undefined || literal === undefined ? [] : [[name.toLowerCase(), literal]];
    }),
  );
}

/** Name of the stage: the first part of every path. */
export function readApiStage(stack: DeployedStack): string {
  const [stage] = stack.ofType('AWS::ApiGateway::Stage');
  return z.object({ StageName: z.string() }).parse(stage?.properties).StageName;
}
