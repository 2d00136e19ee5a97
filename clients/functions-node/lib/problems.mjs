// Everything that is wrong with flags or with a folder, said together.
export class Problems extends Error {
  constructor(list) {
    super(list.length === 1 ? list[0] : ['', ...list].join('\n  '));
    this.list = list;
  }
}
