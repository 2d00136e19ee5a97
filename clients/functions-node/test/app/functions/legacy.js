// One user, as in latchkey_demo: {"username": "ada", "code": "1815"}.
exports = async function (payload) {
  const people = context.values.get("people");
  const person = people[payload.username];
  if (!person || person.code !== payload.code) {
    throw new Error(`not ${context.environment.values.who}`);
  }
  return context.functions.execute("describe", payload.username, person);
};
