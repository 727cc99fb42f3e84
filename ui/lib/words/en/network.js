/**
 * English: what is said of connections, of settings that are wrong, and by the doctor.
 *
 * @import {Advice, CandidateKind, Family, FieldFault, IceFailure, IceTest, LanHealth, Nat, ProfileFault,
 *   SettingsFault, SettingsField, TrackerFailure, TrackerTest, Tried} from "../../../types/ipc.js"
 */
import { unreachable } from "../../unreachable.js";
import { counted } from "./count.js";

/** @param {TrackerFailure} reason @param {number} [status] @returns {string} */
export function trackerFailure(reason, status) {
  switch (reason) {
    case "unreachable":
      return "Cannot be reached";
    case "refused":
      return status ? `Answers with an error (${status})` : "Refuses the connection";
    case "tls":
      return "Its encryption cannot be trusted";
    case "rejected":
      return "Turns us away";
    case "silent":
      return "Does not answer";
    case "garbage":
      return "Answers with nonsense";
    case "flooded":
      return "Sends too much";
    case "closed":
      return "Closed the connection";
    case "badAddress":
      return "Its address is wrong";
    case "proxy":
      return "The proxy cannot be used";
    default:
      return unreachable(reason);
  }
}

/** @param {IceFailure} reason @returns {string} */
function iceFailure(reason) {
  switch (reason) {
    case "badAddress":
      return "Its address is wrong";
    case "needsALogin":
      return "It wants a user name and a password";
    case "noSuchHost":
      return "There is no machine of that name";
    case "noAnswer":
      return "Does not answer";
    case "wrongLogin":
      return "The user name or the password is wrong";
    case "refused":
      return "Refuses to help";
    default:
      return unreachable(reason);
  }
}

/** @param {SettingsField} field @returns {string} which kind of address belongs there */
function kindWanted(field) {
  switch (field) {
    case "origin":
      return "An address that begins with https:// or http:// belongs here.";
    case "trackers":
      return "An address that begins with wss:// or ws:// belongs here.";
    case "iceServers":
    case "relayOnly":
      return "An address that begins with stun: or turn: belongs here.";
    case "proxy":
      return "An address that begins with socks5:// or http:// belongs here.";
    case "downloads":
      return "The address of a folder belongs here.";
    default:
      return unreachable(field);
  }
}

/** @param {FieldFault} fault @param {SettingsField} field @returns {string} */
function fieldFault(fault, field) {
  switch (fault) {
    case "notAnAddress":
      return "That is not an address.";
    case "wrongKind":
      return kindWanted(field);
    case "holdsALogin":
      return "The address must not hold a user name or a password.";
    case "needsALogin":
      return "A TURN server needs a user name and a password.";
    case "onlyUdp":
      return "Only UDP can be used: no “turns:” address, and no “transport=tcp”.";
    case "notAFolder":
      return "That is not a folder something can be kept in.";
    case "notWritable":
      return "Nothing can be kept in that folder: it is not there, or must not be written to. Choose another.";
    case "tooLong":
      return "That is too long.";
    case "tooMany":
      return "There are too many of them.";
    case "twice":
      return "That one is in the list already.";
    case "noRelay":
      return "Add a TURN server first: without one, nobody could be reached.";
    default:
      return unreachable(fault);
  }
}

/** @param {ProfileFault} fault @param {string} [field] @returns {string} */
export function profileFault(fault, field) {
  switch (fault) {
    case "tooLarge":
      return "That file is too large to be a profile.";
    case "notAProfile":
      return "That file is not a profile.";
    case "passwordNeeded":
      return "The file is protected: its passphrase is needed.";
    case "wrongPassword":
      return "That is not the file’s passphrase, or the file is damaged.";
    case "missing":
      return field ? `The file lacks something a profile needs: ${field}.` : "The file lacks something a profile needs.";
    case "badValue":
      return field ? `Something in the file makes no sense: ${field}.` : "Something in the file makes no sense.";
    case "keysDiffer":
      return "The two keys in the file do not belong together.";
    default:
      return unreachable(fault);
  }
}

export const network = {
  /** @param {TrackerTest} test @returns {string} */
  trackerTest(test) {
    if (test.works) return `Works: reached in ${test.connectMs ?? 0} ms, answered in ${test.answerMs ?? 0} ms.`;
    const why = test.reason ? trackerFailure(test.reason, test.status) : "Does not work";
    return test.message ? `${why}: “${test.message}”` : `${why}.`;
  },

  /** @param {IceTest} test @returns {string} */
  iceTest(test) {
    if (!test.works) return `${test.reason ? iceFailure(test.reason) : "Does not work"}.`;
    const took = test.ms === undefined ? "" : ` after ${counted(test.ms, "millisecond", "milliseconds")}`;
    return test.candidate === "relay" ? `Works: it relays${took}.` : `Works: it told us our address${took}.`;
  },

  /** @param {SettingsFault} wrong @param {string} [text] what was typed there @returns {string} */
  settingsFault: ({ field, item, fault }, text) => {
    const told = fieldFault(fault, field);
    return text !== undefined ? `“${text}”: ${told}` : item === undefined ? told : `Number ${item + 1}: ${told}`;
  },

  doctor: {
    title: "Connection",
    ask: "Find out why",
    more: "More about the connection",
    lead: "Why people can be reached, or cannot, and what to do about it.",
    again: "Look again",
    looking: "Asking around… this takes a few seconds.",
    /** @param {string} time */
    seen: (time) => `As of ${time}`,
    copy: "Copy report",
    copied: "Report copied. No address of a person and nothing that was said is in it.",
    well: "All is well",
    wellText: "You can be found, and nothing stands between you and others.",
    next: "What to do",

    trackers: "Meeting points",
    /** @param {string} time @param {string} why */
    lastFailure: (time, why) => `Failed last at ${time}: ${why}`,
    lan: "Local network",
    /** @param {LanHealth} lan @returns {string} */
    lanState({ on, forThisStart, serving, found }) {
      if (!on) return `Nobody is looked for on the local network; it is switched off ${forThisStart ? "for this start" : "in the settings"}.`;
      const self = serving ? "This app is the meeting point of this machine. " : "";
      return `${self}${found === 0 ? "No other meeting point was found on your network." : `${counted(found, "other meeting point was", "other meeting points were")} found on your network.`}`;
    },

    self: "How you can be reached",
    proxied: "Meeting points are reached through your proxy, except those on this machine and the local network: these are reached directly.",
    relayOnly: "You chose to be reached through relays only.",
    /** @param {Nat} nat @param {number} servers how many could tell @returns {[string, string]} in short, and why */
    nat(nat, servers) {
      switch (nat) {
        case "open":
          return ["Nothing in between", "The internet sees this machine under its own address."];
        case "sameForAll":
          return ["A friendly router", "It shows the same address to everyone, so most people can be reached directly."];
        case "differentForEach":
          return ["A strict router", "It shows another address to each one you talk to. People behind a router of that kind can only be reached through a relay (TURN)."];
        case "noAnswer":
          return ["Shut off", "No STUN server answered: the network lets no such packets through, or there is no internet. People on the local network can be reached."];
        case "unknown":
          return ["Not known", servers === 0 ? "No STUN server is set up, so nobody can tell. With two of them, in the settings, it can be told." : "It takes two STUN servers to tell; add another in the settings."];
        default:
          return unreachable(nat);
      }
    },
    candidates: "Addresses you can offer",
    noCandidates: "None.",
    /** @param {CandidateKind} kind @returns {string} */
    candidate(kind) {
      switch (kind) {
        case "host":
          return "on your own network";
        case "reflexive":
          return "as the internet sees you";
        case "peerReflexive":
          return "as a peer sees you";
        case "relay":
          return "on a relay";
        default:
          return unreachable(kind);
      }
    },
    /** @param {Family} family */
    family: (family) => (family === "v4" ? "IPv4" : "IPv6"),
    servers: "Helpers (STUN and TURN)",
    noServers: "None are set up.",

    peers: "People",
    noPeers: "You are connected to nobody at the moment.",
    way: "Path",
    delay: "There and back",
    traffic: "Sent and received",
    since: "Connected since",
    /** @param {number} ms */
    ms: (ms) => `${ms} ms`,
    /** @param {string} local @param {string} remote */
    ends: (local, remote) => `you ${local}, they ${remote}`,
    endsNear: "straight, each by the address of its own machine",
    /** @param {CandidateKind} kind @returns {string} */
    end(kind) {
      switch (kind) {
        case "host":
          return "by the machine’s own address";
        case "reflexive":
          return "as the internet sees it";
        case "peerReflexive":
          return "found on the way";
        case "relay":
          return "on a relay";
        default:
          return unreachable(kind);
      }
    },
    shaky: "Nothing comes from them at the moment",
    /** @param {number} times */
    restarts: (times) => `${counted(times, "new path was", "new paths were")} looked for`,
    notMeasured: "not measured yet",

    tried: "What was tried",
    /** @param {Tried} tried @returns {string[]} */
    triedLines: ({ attempts, opened, noPath, refused }) =>
      attempts === 0
        ? ["No connection was tried since the app was started: nobody else was met."]
        : [
            `${counted(attempts, "connection was", "connections were")} tried since the app was started.`,
            `${opened} of them came about.`,
            ...(noPath > 0 ? [`For ${noPath} of them no path was found.`] : []),
            ...(refused > 0 ? [`${counted(refused, "peer", "peers")} sent what cannot be used.`] : []),
          ],

    /** @param {Advice} advice @returns {[string, string]} what, and why */
    advice(advice) {
      switch (advice.kind) {
        case "noNetwork":
          return ["Connect this machine to a network", "It has no network at all at the moment. Everything comes back by itself when it has."];
        case "mendProxy":
          return ["Check the proxy", "No meeting point can be reached through it. Correct its address in the settings, or empty the field."];
        case "noTracker":
          return ["Check that this machine is online", "No meeting point can be reached, so nobody new can find you. People already connected are not affected. If web pages open, your network may block trackers: add another in the settings, or try another network."];
        case "onlyNearTrackers":
          return ["Check that this machine is online", "No meeting point on the internet can be reached, so only people on this machine and the local network find you. People already connected are not affected. If web pages open, your network may block trackers: add another in the settings, or try another network."];
        case "someTrackers":
          return [
            `${advice.failing} of ${advice.of} meeting points fail`,
            "The others are enough. Those who use only the failing ones do not find you; usually the trouble passes by itself.",
          ];
        case "relayOnlyWithoutRelay":
          return ["Add a relay, or allow direct connections", "You chose to be reached through relays only, and no TURN server is set up: nobody can be reached."];
        case "relayOnlyNoAnswer":
          return ["Check the relay, or allow direct connections", "You chose to be reached through relays only, and no TURN server answers: nobody can be reached."];
        case "udpBlocked":
          return ["If people elsewhere cannot be reached, try another network", "No STUN server answers: this network may let no direct connections through (it blocks UDP). People on the local network, and those you are connected to, are not affected."];
        case "addRelay":
          return ["Add a relay (TURN server)", "Your router shows another address to each one. People behind a router of the same kind can only be reached through a relay; one of you needs it in the settings."];
        case "peersUnreachable":
          return [
            "Some people could not be reached",
            `${counted(advice.attempts, "attempt", "attempts")} failed: neither network lets the other in. A relay (TURN server) in the settings of either side helps; so may another network.`,
          ];
        case "lanOff":
          return ["Look on the local network too", "It is switched off. It would find people near you, even without the internet."];
        case "nobodyThere":
          return [
            `Nobody else is in ${advice.rooms.join(", ")}`,
            "The meeting points know of no one. Compare the name, the password and the world with those you wait for, letter by letter, and see that they have the room open now.",
          ];
        default:
          return unreachable(advice);
      }
    },
  },
};
