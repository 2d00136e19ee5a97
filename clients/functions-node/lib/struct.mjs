// google.protobuf.Struct and ListValue, as proto-loader gives and takes them,
// to plain values and back.

// The deepest nesting; latchkeyd sends 32 at most.
const MOST_DEPTH = 64;

export class StructError extends Error {}

function deeper(depth) {
  if (depth >= MOST_DEPTH) throw new StructError(`nested more than ${MOST_DEPTH} deep`);
  return depth + 1;
}

function valueOf(value, depth) {
  switch (value?.kind) {
    case 'numberValue': return value.numberValue;
    case 'stringValue': return value.stringValue;
    case 'boolValue': return value.boolValue;
    case 'structValue': return fromStruct(value.structValue, deeper(depth));
    case 'listValue': return fromList(value.listValue, deeper(depth));
    default: return null;
  }
}

export function fromStruct(struct, depth = 0) {
  const members = Object.entries(struct?.fields ?? {});
  // Not by assignment, which `__proto__` would turn into something else.
  return Object.fromEntries(members.map(([name, value]) => [name, valueOf(value, depth)]));
}

export function fromList(list, depth = 0) {
  return (list?.values ?? []).map((value) => valueOf(value, depth));
}

function toValue(value, depth) {
  switch (typeof value) {
    case 'number': return { numberValue: value };
    case 'string': return { stringValue: value };
    case 'boolean': return { boolValue: value };
    case 'object':
      if (value === null) return { nullValue: 'NULL_VALUE' };
      if (Array.isArray(value)) {
        const inner = deeper(depth);
        return { listValue: { values: value.map((element) => toValue(element, inner)) } };
      }
      return { structValue: toStruct(value, deeper(depth)) };
    default: return { nullValue: 'NULL_VALUE' };
  }
}

export function toStruct(object, depth = 0) {
  return {
    fields: Object.fromEntries(
      Object.entries(object).map(([name, value]) => [name, toValue(value, depth)])),
  };
}
