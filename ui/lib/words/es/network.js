/**
 * Spanish: what is said of connections, of settings that are wrong, and by the doctor.
 *
 * @import {FieldFault, IceFailure, ProfileFault, SettingsField, TrackerFailure} from "../../../types/ipc.js"
 * @import {network as Network} from "../en/network.js"
 */
import { unreachable } from "../../unreachable.js";
import { counted } from "./count.js";

/** @param {TrackerFailure} reason @param {number} [status] @returns {string} */
export function trackerFailure(reason, status) {
  switch (reason) {
    case "unreachable":
      return "No se llega a él";
    case "refused":
      return status ? `Responde con un error (${status})` : "Rechaza la conexión";
    case "tls":
      return "Su cifrado no es de fiar";
    case "rejected":
      return "No nos admite";
    case "silent":
      return "No responde";
    case "garbage":
      return "Responde cosas sin sentido";
    case "flooded":
      return "Envía demasiado";
    case "closed":
      return "Cerró la conexión";
    case "badAddress":
      return "Su dirección está mal";
    case "proxy":
      return "No se puede usar el proxy";
    default:
      return unreachable(reason);
  }
}

/** @param {IceFailure} reason @returns {string} */
function iceFailure(reason) {
  switch (reason) {
    case "badAddress":
      return "Su dirección está mal";
    case "needsALogin":
      return "Pide usuario y contraseña";
    case "noSuchHost":
      return "No hay ninguna máquina con ese nombre";
    case "noAnswer":
      return "No responde";
    case "wrongLogin":
      return "El usuario o la contraseña están mal";
    case "refused":
      return "Se niega a ayudar";
    default:
      return unreachable(reason);
  }
}

/** @param {SettingsField} field @returns {string} which kind of address belongs there */
function kindWanted(field) {
  switch (field) {
    case "origin":
      return "Aquí va una dirección que empieza por https:// o http://.";
    case "trackers":
      return "Aquí va una dirección que empieza por wss:// o ws://.";
    case "iceServers":
    case "relayOnly":
      return "Aquí va una dirección que empieza por stun: o turn:.";
    case "proxy":
      return "Aquí va una dirección que empieza por socks5:// o http://.";
    case "downloads":
      return "Aquí va la dirección de una carpeta.";
    default:
      return unreachable(field);
  }
}

/** @param {FieldFault} fault @param {SettingsField} field @returns {string} */
function fieldFault(fault, field) {
  switch (fault) {
    case "notAnAddress":
      return "Eso no es una dirección.";
    case "wrongKind":
      return kindWanted(field);
    case "holdsALogin":
      return "La dirección no debe llevar usuario ni contraseña.";
    case "needsALogin":
      return "Un servidor TURN necesita usuario y contraseña.";
    case "onlyUdp":
      return "Solo sirve UDP: ni direcciones «turns:» ni «transport=tcp».";
    case "notAFolder":
      return "Eso no es una carpeta en la que se pueda guardar algo.";
    case "notWritable":
      return "En esa carpeta no se puede guardar nada: no existe o no se permite escribir en ella. Elige otra.";
    case "tooLong":
      return "Es demasiado larga.";
    case "tooMany":
      return "Son demasiadas.";
    case "twice":
      return "Ya está en la lista.";
    case "noRelay":
      return "Añade antes un servidor TURN: sin él no se podría llegar a nadie.";
    default:
      return unreachable(fault);
  }
}

/** @param {ProfileFault} fault @param {string} [field] @returns {string} */
export function profileFault(fault, field) {
  switch (fault) {
    case "tooLarge":
      return "Ese archivo es demasiado grande para ser un perfil.";
    case "notAProfile":
      return "Ese archivo no es un perfil.";
    case "passwordNeeded":
      return "El archivo está protegido: hace falta su frase de paso.";
    case "wrongPassword":
      return "Esa no es la frase de paso del archivo, o el archivo está dañado.";
    case "missing":
      return field ? `Al archivo le falta algo que un perfil necesita: ${field}.` : "Al archivo le falta algo que un perfil necesita.";
    case "badValue":
      return field ? `Hay algo en el archivo que no tiene sentido: ${field}.` : "Hay algo en el archivo que no tiene sentido.";
    case "keysDiffer":
      return "Las dos claves del archivo no se corresponden.";
    default:
      return unreachable(fault);
  }
}

/** @type {typeof Network} */
export const network = {
  trackerTest(test) {
    if (test.works) return `Funciona: conectó en ${test.connectMs ?? 0} ms y respondió en ${test.answerMs ?? 0} ms.`;
    const why = test.reason ? trackerFailure(test.reason, test.status) : "No funciona";
    return test.message ? `${why}: «${test.message}»` : `${why}.`;
  },

  iceTest(test) {
    if (!test.works) return `${test.reason ? iceFailure(test.reason) : "No funciona"}.`;
    const took = test.ms === undefined ? "" : ` en ${counted(test.ms, "milisegundo", "milisegundos")}`;
    return test.candidate === "relay" ? `Funciona: reenvía${took}.` : `Funciona: nos dijo nuestra dirección${took}.`;
  },

  settingsFault: ({ field, item, fault }, text) => {
    const told = fieldFault(fault, field);
    return text !== undefined ? `«${text}»: ${told}` : item === undefined ? told : `La número ${item + 1}: ${told}`;
  },

  doctor: {
    title: "Conexión",
    ask: "Averiguar por qué",
    more: "Más sobre la conexión",
    lead: "Por qué se puede llegar a la gente, o no, y qué hacer.",
    again: "Mirar de nuevo",
    looking: "Preguntando… tarda unos segundos.",
    seen: (time) => `A las ${time}`,
    copy: "Copiar el informe",
    copied: "Informe copiado. No lleva direcciones de nadie ni nada de lo que se dijo.",
    well: "Todo va bien",
    wellText: "Se te puede encontrar, y nada se interpone entre tú y los demás.",
    next: "Qué hacer",

    trackers: "Puntos de encuentro",
    lastFailure: (time, why) => `Último fallo a las ${time}: ${why}`,
    lan: "Red local",
    lanState({ on, forThisStart, serving, found }) {
      if (!on) return `No se busca a nadie en la red local; está desactivado ${forThisStart ? "en este inicio" : "en los ajustes"}.`;
      const self = serving ? "Esta aplicación es el punto de encuentro de esta máquina. " : "";
      return `${self}${found === 0 ? "No se encontró ningún otro punto de encuentro en tu red." : `Se ${found === 1 ? "encontró" : "encontraron"} ${counted(found, "punto de encuentro más", "puntos de encuentro más")} en tu red.`}`;
    },

    self: "Cómo se puede llegar a ti",
    proxied: "A los puntos de encuentro se llega a través de tu proxy, salvo a los de esta máquina y la red local: a esos se llega directamente.",
    relayOnly: "Elegiste que se llegue a ti solo a través de repetidores.",
    nat(nat, servers) {
      switch (nat) {
        case "open":
          return ["Nada en medio", "Internet ve esta máquina con su propia dirección."];
        case "sameForAll":
          return ["Un router amable", "Muestra la misma dirección a todos, así que se puede llegar directamente a casi cualquiera."];
        case "differentForEach":
          return ["Un router estricto", "Muestra una dirección distinta a cada persona con quien hablas. A quien esté detrás de otro igual solo se llega a través de un repetidor (TURN)."];
        case "noAnswer":
          return ["Cerrado", "No respondió ningún servidor STUN: la red no deja pasar esos paquetes, o no hay internet. A la gente de la red local sí se llega."];
        case "unknown":
          return ["No se sabe", servers === 0 ? "No hay ningún servidor STUN, así que nadie puede decirlo. Con dos, en los ajustes, se sabría." : "Hacen falta dos servidores STUN para saberlo; añade otro en los ajustes."];
        default:
          return unreachable(nat);
      }
    },
    candidates: "Direcciones que puedes ofrecer",
    noCandidates: "Ninguna.",
    candidate(kind) {
      switch (kind) {
        case "host":
          return "en tu propia red";
        case "reflexive":
          return "como te ve internet";
        case "peerReflexive":
          return "como te ve otra persona";
        case "relay":
          return "en un repetidor";
        default:
          return unreachable(kind);
      }
    },
    family: (family) => (family === "v4" ? "IPv4" : "IPv6"),
    servers: "Ayudas (STUN y TURN)",
    noServers: "No hay ninguna configurada.",

    peers: "Personas",
    noPeers: "Ahora mismo no tienes conexión con nadie.",
    way: "Camino",
    delay: "Ida y vuelta",
    traffic: "Enviado y recibido",
    since: "Con conexión desde",
    ms: (ms) => `${ms} ms`,
    ends: (local, remote) => `tú ${local}, la otra parte ${remote}`,
    endsNear: "directo, cada una por la dirección de su propia máquina",
    end(kind) {
      switch (kind) {
        case "host":
          return "por la dirección de la propia máquina";
        case "reflexive":
          return "como se ve desde internet";
        case "peerReflexive":
          return "por el camino";
        case "relay":
          return "en un repetidor";
        default:
          return unreachable(kind);
      }
    },
    shaky: "Ahora mismo no llega nada de esta persona",
    restarts: (times) => (times === 1 ? "Se buscó 1 camino nuevo" : `Se buscaron ${times} caminos nuevos`),
    notMeasured: "aún sin medir",

    tried: "Qué se intentó",
    triedLines: ({ attempts, opened, noPath, refused }) =>
      attempts === 0
        ? ["No se ha intentado ninguna conexión desde que se abrió la aplicación: no se encontró a nadie más."]
        : [
            `Se ${attempts === 1 ? "intentó" : "intentaron"} ${counted(attempts, "conexión", "conexiones")} desde que se abrió la aplicación.`,
            `De ellas, ${counted(opened, "se logró", "se lograron")}.`,
            ...(noPath > 0 ? [`Para ${noPath} no se encontró camino.`] : []),
            ...(refused > 0 ? [`${counted(refused, "persona envió", "personas enviaron")} algo que no se puede usar.`] : []),
          ],

    advice(advice) {
      switch (advice.kind) {
        case "noNetwork":
          return ["Conecta esta máquina a una red", "Ahora mismo no tiene ninguna. Cuando la tenga, todo vuelve por sí solo."];
        case "mendProxy":
          return ["Revisa el proxy", "A través de él no se llega a ningún punto de encuentro. Corrige su dirección en los ajustes o deja el campo vacío."];
        case "noTracker":
          return ["Comprueba que esta máquina tiene internet", "No se llega a ningún punto de encuentro, así que nadie nuevo puede encontrarte. A quienes ya tienen conexión no les afecta. Si las páginas web se abren, quizá tu red bloquee los trackers: añade otro en los ajustes o prueba con otra red."];
        case "onlyNearTrackers":
          return ["Comprueba que esta máquina tiene internet", "No se llega a ningún punto de encuentro de internet, así que solo te encuentra quien esté en esta máquina o en la red local. A quienes ya tienen conexión no les afecta. Si las páginas web se abren, quizá tu red bloquee los trackers: añade otro en los ajustes o prueba con otra red."];
        case "someTrackers":
          return [
            advice.failing === 1 ? `Falla 1 de ${advice.of} puntos de encuentro` : `Fallan ${advice.failing} de ${advice.of} puntos de encuentro`,
            "Los demás bastan. Quien use solo los que fallan no te encuentra; normalmente se arregla solo.",
          ];
        case "relayOnlyWithoutRelay":
          return ["Añade un repetidor o permite conexiones directas", "Elegiste que se llegue a ti solo a través de repetidores y no hay ningún servidor TURN configurado: no se puede llegar a nadie."];
        case "relayOnlyNoAnswer":
          return ["Revisa el repetidor o permite conexiones directas", "Elegiste que se llegue a ti solo a través de repetidores y no responde ningún servidor TURN: no se puede llegar a nadie."];
        case "udpBlocked":
          return ["Si no llegas a gente de otras redes, prueba con otra red", "No responde ningún servidor STUN: quizá esta red no deje pasar conexiones directas (bloquea UDP). A la gente de la red local y a quienes ya tienen conexión no les afecta."];
        case "addRelay":
          return ["Añade un repetidor (servidor TURN)", "Tu router muestra una dirección distinta a cada persona. A quien esté detrás de otro igual solo se llega a través de un repetidor; hace falta en los ajustes de una de las dos partes."];
        case "peersUnreachable":
          return [
            "No se pudo llegar a algunas personas",
            `${counted(advice.attempts, "intento fallido", "intentos fallidos")}: ninguna de las dos redes deja entrar a la otra. Ayuda un repetidor (servidor TURN) en los ajustes de cualquiera de las partes; quizá también otra red.`,
          ];
        case "lanOff":
          return ["Busca también en la red local", "Está desactivado. Encontraría a gente cercana, incluso sin internet."];
        case "nobodyThere":
          return [
            `No hay nadie más en ${advice.rooms.join(", ")}`,
            "Los puntos de encuentro no conocen a nadie. Compara el nombre, la contraseña y el mundo con quienes esperas, letra por letra, y mira que tengan la sala abierta ahora.",
          ];
        default:
          return unreachable(advice);
      }
    },
  },
};
