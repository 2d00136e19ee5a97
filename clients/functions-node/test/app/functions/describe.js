exports = (id, person) => ({ id, name: person.name });
