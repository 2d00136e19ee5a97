// What a function may answer, and what latchkey is told then.
import { StructError, toStruct } from './struct.mjs';

const MOST_NAME_BYTES = 255;
const MOST_DATA_BYTES = 16 * 1024;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

export class AnswerError extends Error {}

function isText(text, least) {
  const bytes = typeof text === 'string' ? Buffer.byteLength(text) : -1;
  return bytes >= least && bytes <= MOST_NAME_BYTES && !CONTROL.test(text)
    && text.isWellFormed();
}

function dataOf(data) {
  if (data === undefined || data === null) return undefined;
  if (typeof data !== 'object' || Array.isArray(data)) {
    throw new AnswerError('data is not an object');
  }
  if (Buffer.byteLength(JSON.stringify(data)) > MOST_DATA_BYTES) {
    throw new AnswerError('data is too large');
  }
  try {
    return toStruct(data);
  } catch (error) {
    if (error instanceof StructError) throw new AnswerError('data is nested too deep');
    throw error;
  }
}

// "id", {id}, {id, name} or {id, name, data}: an AuthenticateResponse. Throws
// AnswerError.
export function toIdentity(text) {
  const answer = JSON.parse(text);
  const { id, name, data } = typeof answer === 'string' ? { id: answer } : (answer ?? {});
  if (!isText(id, 1)) {
    throw new AnswerError('neither a text nor an object with an id of 1-255 bytes');
  }
  if (name !== undefined && name !== null && !isText(name, 0)) {
    throw new AnswerError('name is not a text of at most 255 bytes');
  }
  const response = { id, name: name ?? '' };
  const struct = dataOf(data);
  return struct === undefined ? response : { ...response, data: struct };
}

const OUTCOMES = new Map([
  ['success', 'OUTCOME_SUCCESS'],
  ['pending', 'OUTCOME_PENDING'],
  ['fail', 'OUTCOME_FAIL'],
]);

// {status}: a ConfirmUserResponse or ResetPasswordResponse. Throws AnswerError.
export function toOutcome(text) {
  const outcome = OUTCOMES.get(JSON.parse(text)?.status);
  if (outcome === undefined) {
    throw new AnswerError('not {status: "success" | "pending" | "fail"}');
  }
  return { outcome };
}
