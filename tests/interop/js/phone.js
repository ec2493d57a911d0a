// A JsSIP phone in a page: registers, calls if told to, and tells the test what happened.
const JsSIP = require("jssip");

const told = [];
const settings = new URLSearchParams(location.search);

async function tell(event) {
  told.push(event);
  await fetch("/told", { method: "POST", body: JSON.stringify(event) });
}

const socket = new JsSIP.WebSocketInterface(settings.get("websocket"));
const phone = new JsSIP.UA({
  sockets: [socket],
  uri: settings.get("uri"),
  password: settings.get("password"),
  register_expires: 120,
});
phone.on("connected", () => tell({ event: "connected" }));
phone.on("registered", (e) =>
  tell({ event: "registered", contacts: e.response.getHeaders("Contact") }));
phone.on("registrationFailed", (e) => tell({ event: "failed", cause: e.cause }));
phone.on("unregistered", () => tell({ event: "unregistered" }));
phone.on("newMessage", (e) => tell({ event: "message", body: e.request.body }));
phone.on("newRTCSession", (e) => {
  if (e.originator === "remote") {
    tell({ event: "called", from: e.request.from.uri.user });
    e.session.terminate({ status_code: 486 });
  }
});
phone.start();
window.hangUp = () => phone.stop();
