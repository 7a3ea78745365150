// @ts-check
// A template's answers change while the form below them is filled in: what is taken over and what stays. Pure.

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const nameOf = ([name]) => name;
const ROWS = {
  env: nameOf,
  labels: nameOf,
  mounts: ({ target }) => target,
  ports: (row) => `${row.container_port}/${row.protocol}`,
};

/** A list below a template's questions: rows that the answers changed are taken over, all others stay as they are. */
function merged(now, was, next, id) {
  const [here, old, fresh] = [now, was, next].map((list) => new Map(list.map((row) => [id(row), row])));
  const changed = (key) => fresh.has(key) && !same(fresh.get(key), old.get(key));
  return [
    ...now
      .filter((row) => fresh.has(id(row)) || !old.has(id(row)))
      .map((row) => (changed(id(row)) ? structuredClone(fresh.get(id(row))) : row)),
    ...next.filter((row) => !here.has(id(row)) && changed(id(row))),
  ];
}

/** The draft after a new answer: what the answer changed is taken over, what was typed stays. */
export const mergeDraft = (now, was, next) =>
  Object.fromEntries(
    Object.keys(next).map((key) => [
      key,
      same(next[key], was[key])
        ? now[key]
        : ROWS[key]
          ? merged(now[key], was[key], next[key], ROWS[key])
          : next[key],
    ]),
  );
