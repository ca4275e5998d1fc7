import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import { contract } from '#contract';

let cached: { version: string; document: Promise<unknown> } | undefined;

/** OpenAPI 3.1 of everything this door serves, generated from the contract. */
export function openApiDocument(version: string): Promise<unknown> {
  if (cached?.version === version) return cached.document;
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const { desktop: _desktopOnly, ...served } = contract;
  const document = generator.generate(served, {
    info: {
      title: 'Aegis Control Center',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    security: [{ bearer: [] }],
    servers: [{ url: 'http://127.0.0.1:9100' }],
  });
  cached = { version, document };
  return document;
}
