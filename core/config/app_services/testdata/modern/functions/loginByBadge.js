exports = async function (payload) {
  if (typeof payload.badge !== 'string') throw new Error('no badge');
  return { id: payload.badge };
};
