// Fetches films from OMDb and prints the progress:  npm install socket.io-client
// node follow-a-fetch.js star http://127.0.0.1:8000 http://127.0.0.1:8001 manager marquee-demo
const { io } = require("socket.io-client");
const [term, site, realtime, username, password] = process.argv.slice(2);

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(`${site}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${(await response.json()).message}`);
  return response.json();
}

async function main() {
  const { access } = await post("/auth/login", { username, password });
  const socket = io(realtime, { auth: { token: access } });
  socket.on("connect_error", (error) => console.log("connect_error", error.message));
  socket.once("connect", () => post("/movies/fetch", { search_term: term }, access));
  socket.on("fetch:progress", (job) => console.log("fetch:progress", JSON.stringify(job)));
  socket.on("fetch:completed", (job) => socket.close() && console.log("fetch:completed", JSON.stringify(job)));
  socket.on("fetch:error", (job) => socket.close() && console.log("fetch:error", JSON.stringify(job)));
}

main();
