exports = ({ token, tokenId, username }) => {
  if (!token || !tokenId) return { status: "fail" };
  if (username.startsWith("ada@")) return { status: "success" };
  if (username.startsWith("later@")) return { status: "pending" };
  return { status: "fail" };
};
