// The shipped JSON Schemas (docs/schema), compiled by a validator that is not ours.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../provider/package.json', import.meta.url));
const { default: Ajv } = require('ajv/dist/2020');
const { default: addFormats } = require('ajv-formats');

const folder = new URL('../../../docs/schema/', import.meta.url);

export const schemaNames = readdirSync(folder).filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictRequired: false });
addFormats(ajv);
for (const name of schemaNames) {
  const schema = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  if (!schema.$id?.endsWith(`/${name}.json`)) throw new Error(`${name}.json: its $id is ${schema.$id}`);
  ajv.addSchema(schema, name);
}

const seen = new Set();
// The names that faults() was asked about.
export const validated = () => [...seen].sort();

// What is wrong with `value`, a line a fault; [] when it is right.
export function faults(name, value) {
  seen.add(name);
  const validate = ajv.getSchema(name);
  if (!validate) return [`there is no schema ${name}`];
  if (validate(value)) return [];
  return validate.errors.map((error) => `${name}${error.instancePath} ${error.message}`);
}

// "idpwatch.NAME/v1" -> NAME
export const nameOf = (document) => document?.schema?.match(/^idpwatch\.([a-z-]+)\/v1$/)?.[1];
