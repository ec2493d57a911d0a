// A JsSIP phone in a page: does what the test orders, and tells it what happened.
const JsSIP = require("jssip");

const RATE = 8000;
const settings = new URLSearchParams(location.search);
// The test compares sounds: nothing may be taken out of them.
const microphone = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const media = { mediaConstraints: { audio: microphone, video: false }, pcConfig: { iceServers: [] } };
let session = null;
let heard = [];

function tell(event) {
  return fetch("/told", { method: "POST", body: JSON.stringify(event) });
}

function listen(connection) {
  connection.addEventListener("track", (event) => {
    const stream = event.streams[0] || new MediaStream([event.track]);
    // Chromium decodes a remote track only while an element plays it.
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    element.play();
    const context = new AudioContext({ sampleRate: RATE });
    const tap = context.createScriptProcessor(1024, 1, 1);
    tap.onaudioprocess = (e) => heard.push(Float32Array.from(e.inputBuffer.getChannelData(0)));
    context.createMediaStreamSource(stream).connect(tap);
    tap.connect(context.destination);
  });
  connection.addEventListener("iceconnectionstatechange", () =>
    tell({ event: "ice", state: connection.iceConnectionState }));
  connection.addEventListener("connectionstatechange", () =>
    tell({ event: "connection", state: connection.connectionState }));
}

function follow(one) {
  session = one;
  one.on("progress", (e) => tell({ event: "progress", status: e.response ? e.response.status_code : 0 }));
  one.on("confirmed", () => tell({
    event: "confirmed",
    contact: one.contact,
    // Ours is the tag that the server calls its remote one.
    replaces: `${one._dialog.id.call_id};to-tag=${one._dialog.id.remote_tag};from-tag=${one._dialog.id.local_tag}`,
  }));
  one.on("ended", (e) => tell({
    event: "ended",
    by: e.originator,
    reason: e.message && e.message.getHeader ? e.message.getHeader("Reason") || "" : "",
  }));
  one.on("failed", (e) => tell({
    event: "refused",
    cause: e.cause,
    warning: e.message && e.message.getHeader ? e.message.getHeader("Warning") || "" : "",
  }));
}

const ORDERS = {
  call: (order) => phone.call(order.target, {
    ...media,
    extraHeaders: order.headers,
    eventHandlers: { peerconnection: (e) => listen(e.peerconnection) },
  }),
  hang_up: () => session.terminate(),
  press: (order) => session.sendDTMF(order.keys, { transportType: "RFC2833", duration: 120 }),
  hold: () => session.hold({}, () => tell({ event: "held" })),
  resume: () => session.unhold({}, () => tell({ event: "resumed" })),
  restart_ice: () => session.renegotiate(
    { rtcOfferConstraints: { iceRestart: true } }, () => tell({ event: "restarted" })),
  transfer: (order) => session.refer(order.target),
  drop_connection: () => socket._ws.close(),
  load_again: () => location.reload(),
  forget: () => { heard = []; },
  send_heard: () => {
    const samples = new Int16Array(heard.reduce((sum, block) => sum + block.length, 0));
    let place = 0;
    for (const block of heard) {
      for (const value of block) samples[place++] = Math.max(-1, Math.min(1, value)) * 32767;
    }
    return fetch("/heard", { method: "POST", body: samples });
  },
};

async function obey() {
  for (;;) {
    const orders = await (await fetch("/orders")).json();
    for (const order of orders) {
      try {
        await ORDERS[order.order](order);
      } catch (error) {
        await tell({ event: "error", order: order.order, problem: String(error) });
      }
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

const socket = new JsSIP.WebSocketInterface(settings.get("websocket"));
const phone = new JsSIP.UA({
  sockets: [socket],
  uri: settings.get("uri"),
  password: settings.get("password"),
  register_expires: 120,
  connection_recovery_min_interval: 1,
});
phone.on("connected", () => tell({ event: "connected" }));
phone.on("registered", (e) =>
  tell({ event: "registered", contacts: e.response.getHeaders("Contact") }));
phone.on("registrationFailed", (e) => tell({ event: "failed", cause: e.cause }));
phone.on("unregistered", () => tell({ event: "unregistered" }));
phone.on("newMessage", (e) => tell({ event: "message", body: e.request.body }));
phone.on("newRTCSession", (e) => {
  follow(e.session);
  if (e.originator !== "remote") return;
  tell({ event: "called", from: e.request.from.uri.user });
  if (settings.get("answers")) {
    e.session.on("peerconnection", (made) => listen(made.peerconnection));
    e.session.answer(media);
  } else {
    e.session.terminate({ status_code: 486 });
  }
});
phone.start();
obey();
window.hangUp = () => phone.stop();
