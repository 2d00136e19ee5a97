const ways = {
  good: () => "somebody",
  throw: () => { throw new Error("I will not"); },
  hang: () => { for (;;); },
  never: () => new Promise(() => {}),
  tick: () => new Promise(() => setInterval(() => {}, 10)),
  heap: () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); },
  buffers: () => { const all = []; for (;;) all.push(new Uint8Array(1 << 22).fill(1)); },
  string: () => { let text = "x"; for (;;) text += text + Math.random(); },
  recurse: () => { const deeper = () => deeper() + 1; return deeper(); },
  nonsense: ({ answer }) => answer,
  nothing: () => undefined,
  huge: () => "x".repeat(1 << 22),
  circle: () => { const circle = {}; circle.id = circle; return circle; },
};

exports = (payload) => ways[payload.how](payload);
