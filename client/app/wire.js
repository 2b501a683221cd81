// Messages, checked against client/wire.json or client/room.json. Only the part of JSON Schema that the file uses
// is understood; properties that the schema does not know are let through, so that a newer server may add some.

const TYPES = {
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number" && Number.isFinite(value),
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

function matches(schema, value, definitions) {
  if (schema.$ref) return matches(definitions[schema.$ref.split("/").pop()], value, definitions);
  if (schema.anyOf && !schema.anyOf.some((one) => matches(one, value, definitions))) return false;
  if ("const" in schema && value !== schema.const) return false;
  if (schema.enum && !schema.enum.includes(value)) return false;
  if (schema.type && ![schema.type].flat().some((type) => TYPES[type](value))) return false;
  if (TYPES.object(value)) {
    if (schema.required?.some((key) => !(key in value))) return false;
    const known = Object.entries(schema.properties ?? {}).filter(([key]) => key in value);
    return known.every(([key, inner]) => matches(inner, value[key], definitions));
  }
  if (Array.isArray(value) && schema.items) {
    return value.every((item) => matches(schema.items, item, definitions));
  }
  return true;
}

/** Returns `parse(text)`: the message, or null when it is malformed or of a type that is not known. */
export function messageParser({ $defs: definitions }) {
  return (text) => {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return null;
    }
    const schema = TYPES.object(message) && Object.hasOwn(definitions, message.type) && definitions[message.type];
    return schema && matches(schema, message, definitions) ? message : null;
  };
}

export function encode(type, data) {
  return JSON.stringify({ v: 1, type, data });
}
