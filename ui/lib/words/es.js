/**
 * Spanish, of the same shape as English: the type checker names what is missing.
 *
 * @import {FetchFault, LinkFault, TroubleKind} from "../../types/ipc.js"
 * @import {en as English} from "./en.js"
 */
import { unreachable } from "../unreachable.js";
import { counted, inSeconds } from "./es/count.js";
import { files } from "./es/files.js";
import { network, profileFault, trackerFailure } from "./es/network.js";
import { places } from "./es/places.js";
import { talk } from "./es/talk.js";

/** @type {typeof English} */
export const es = {
  ...places,
  ...talk,
  ...files,
  ...network,

  language: "es",
  app: "Chitchatter",
  outside: "Esta página es el interior de la aplicación Chitchatter y en un navegador no hace nada.",
  notStarted: "Chitchatter no ha podido empezar. Cierra la ventana y ábrela de nuevo.",
  close: "Cerrar",
  cancel: "Cancelar",
  copy: "Copiar",
  copied: "Copiado.",

  rooms: {
    title: "Salas",
    new: "Entrar en una sala",
    none: "Aún no estás en ninguna sala.",
    show: "Salas",
    unread: (count) => counted(count, "mensaje nuevo", "mensajes nuevos"),
    mentions: (count) => counted(count, "mención de ti", "menciones de ti"),
    forYou: (count) => `Salas: ${counted(count, "mensaje", "mensajes")} para ti`,
    news: "Salas: mensajes nuevos",
    muted: "en silencio",
    private: "privada",
    people: (count) => (count === 0 ? "nadie más" : counted(count, "persona más", "personas más")),
    leave: (room) => `Salir de ${room}`,
  },

  me: {
    title: "Tú",
    label: "Tu nombre",
    edit: "Cambiar tu nombre",
    hint: (animal) => `Los demás lo ven junto a «${animal}», que viene de tu clave y no se puede elegir. Déjalo vacío para ser solo eso.`,
    save: "Guardar el nombre",
    saved: "Tu nombre ha cambiado.",
  },

  trackers: {
    title: "Puntos de encuentro",
    lead: "Presentan a unos y otros. Por ellos no pasa ningún mensaje.",
    summary: (open, all) => (all === 0 ? "No hay puntos de encuentro configurados." : `Se llega a ${open} de ${all}`),
    tryNow: "Probar ahora",
    trying: "Se están probando los puntos de encuentro.",
    local: "esta red",
    again: (seconds) => (seconds <= 0 ? "probando de nuevo" : `otra vez en ${inSeconds(seconds)}`),
  },

  trackerState(tracker) {
    switch (tracker.state) {
      case "open":
        return "Con conexión";
      case "connecting":
        return "Conectando…";
      case "closed":
        return "Sin usar";
      case "failed":
        return tracker.reason ? trackerFailure(tracker.reason, tracker.status) : "Sin conexión";
      default:
        return unreachable(tracker.state);
    }
  },

  welcome: {
    title: "Eres la primera persona en llegar",
    lead: "Comparte este enlace con quien quieras hablar. La sala existe mientras haya alguien en ella.",
    leadPrivate: "Comparte este enlace y, aparte, la contraseña. La sala existe mientras haya alguien en ella.",
    link: "Enlace a esta sala",
    share: "Más formas de compartir",
    connecting: "Llegando a los puntos de encuentro…",
    listening: (open, all) => `Esperando a otros en ${open === all ? "" : `${open} de `}${counted(all, "punto de encuentro", "puntos de encuentro")}.`,
    failed: "No se llega a ninguno de los puntos de encuentro. Seguimos probando.",
  },

  leave: {
    title: (room) => `¿Salir de ${room}?`,
    lead: "Sus mensajes no se guardan en ninguna parte de esta máquina. Desaparecerán.",
    leave: "Salir",
    stay: "Quedarse",
  },

  link: {
    title: "¿Abrir este enlace?",
    leads: "Lleva a",
    mail: "Empieza un correo a",
    full: "Dirección completa",
    different: "El texto del enlace nombraba otro lugar.",
    disguised: "Esta dirección está escrita de modo que se puede confundir con otra. Mírala bien.",
    unencrypted: "La conexión hasta allí no va cifrada.",
    open: "Abrir en el navegador",
    openMail: "Abrir en el programa de correo",
  },

  problems: {
    title: "Requiere atención",
    dismiss: "Descartar",
    noTracker: [
      "No se llega a ningún punto de encuentro",
      "Comprueba que esta máquina tiene internet. A quienes ya tienen conexión, y a los de la red local, no les afecta; seguimos probando.",
    ],
    nowhereToMeet: [
      "No se puede encontrar a nadie",
      "No hay ningún punto de encuentro que usar y no se busca a nadie en la red local. Añade un punto de encuentro (tracker) en los ajustes o busca también en la red local.",
    ],
    notKept: [
      "Tu cambio no se ha guardado",
      "Vale hasta que se cierre la aplicación. No se puede escribir el archivo de tu perfil: mira si el disco está lleno o solo se puede leer.",
    ],
    otherPassword: [
      "Hay alguien en ",
      " con otra contraseña",
      "No os veréis el uno al otro. Comparad las contraseñas, letra por letra, y escríbela de nuevo.",
    ],
    othersPassword: [
      "Alguien con otra contraseña intenta entrar en ",
      "",
      "La tuya es correcta: ya has encontrado a otros allí. No tienes que hacer nada.",
    ],
    retype: "Escribirla de nuevo",
    unconnectable: [
      "No se pudo conectar con alguien de ",
      "",
      "Su red o la tuya no deja pasar nada. Ayuda un repetidor (servidor TURN) en los ajustes de cualquiera de las partes; quizá también otra red.",
    ],
    cutOff(offence) {
      switch (offence) {
        case "oversized":
          return ["Se ha desconectado a ", "", "Su programa envió más de lo que puede ocupar un mensaje. No tienes que hacer nada."];
        case "nonsense":
          return ["Se ha desconectado a ", "", "Su programa envió datos sin sentido. No tienes que hacer nada."];
        case "stalled":
          return ["Se ha desconectado a ", "", "No recibía nada de lo que se decía. Si es una persona, puede volver a entrar."];
        default:
          return unreachable(offence);
      }
    },
  },

  refusal(refusal) {
    switch (refusal.kind) {
      case "emptyMessage":
        return "No hay nada que enviar.";
      case "messageTooLong":
        return `El mensaje tiene ${counted(refusal.units, "carácter", "caracteres")}; se pueden enviar ${refusal.limit}.`;
      case "notJoined":
        return "Ya no estás en esta sala.";
      case "keyTaken":
        return "Ya estás en una sala con ese nombre y otra contraseña. Sal antes de ella.";
      case "nameTooLong":
        return `Un nombre puede tener ${refusal.limit} caracteres.`;
      case "tooManyRooms":
        return `Puedes estar en ${refusal.limit} salas a la vez. Sal antes de alguna.`;
      case "busy":
        return "Hay demasiado esperando a enviarse. Espera un momento y prueba de nuevo.";
      case "noSuchLine":
        return "Ese mensaje ya no está aquí, o no es tuyo.";
      case "notAnEmoji":
        return "Eso no es un emoji.";
      case "nobodyThere":
        return "Ahora no está. Espera a que vuelva.";
      case "notVerified":
        return "Su identidad no está verificada: cualquiera podría venir con ella.";
      case "tooManyJudged":
        return `Puedes marcar como conocidas, silenciar o bloquear a ${refusal.limit} personas. Suelta antes a alguna.`;
      case "stopped":
        return "La aplicación se está cerrando.";
      case "badRoom":
        return linkFault(refusal.fault);
      case "passwordNeeded":
        return "Una sala privada necesita una contraseña.";
      case "badSettings":
        return refusal.faults.map((it) => network.settingsFault(it)).join(" ");
      case "badProfile":
        return profileFault(refusal.fault, refusal.field);
      case "tooLongForQr":
        return "Eso es demasiado largo para un código QR.";
      case "badImage":
        return "Esa imagen no se puede leer. Sirve un archivo PNG, JPEG o WebP de tamaño moderado.";
      case "noQrCode":
        return "En esa imagen no hay ningún código QR, o es demasiado pequeño o borroso.";
      case "notFetched":
        return fetchFault(refusal.fault);
      case "notPinned":
        return "No se ha podido recordar la sala. El llavero del sistema, o el archivo donde se guarda, no se puede usar.";
      case "tooManyPins":
        return `Puedes fijar ${refusal.limit} salas. Deja antes de fijar alguna.`;
      case "badOrigin":
        return "Esa no es la dirección de un mundo. Es como https://chitchatter.im";
      case "nothingToShare":
        return "Ahí no hay nada que se pueda compartir, o no se puede leer.";
      case "cannotShare":
        return refusal.gone ? `«${refusal.name}» ya no está ahí. Puede que se haya movido o borrado.` : `«${refusal.name}» no se puede leer. Puede que su dueño no lo permita.`;
      case "tooMuchToShare":
        return "Es más de lo que se puede compartir de una vez. Comparte una parte.";
      case "noSuchShare":
        return "Eso ya no se comparte aquí.";
      case "tooLargeToShow":
        return "Es demasiado grande para mostrarlo aquí. Guárdalo.";
      case "mayRun":
        return "Un archivo de ese tipo no es de los que se abren desde aquí sin riesgo: podría poner en marcha un programa.";
      case "notSaved":
        return "No se han podido guardar los ajustes; quizá el disco esté lleno. Valen hasta que se cierre la aplicación.";
      case "notOpened":
        return "El sistema no ha abierto la dirección.";
      case "notCopied":
        return "No se ha podido usar el portapapeles. Selecciona el texto y cópialo a mano.";
      default:
        return unreachable(refusal);
    }
  },
  failed: "No ha funcionado. Prueba de nuevo.",
  broken: "Algo ha fallado en esta ventana. Ctrl y R la vuelve a dibujar; no se pierde nada de lo dicho.",

  trouble: {
    file: "Dónde",
    detail: "Qué exactamente",
    again: "Probar de nuevo",
    quit: "Salir",
    about: (what) => troubleText(what),
  },
};

/**
 * @param {TroubleKind} what
 * @returns {{ title: string, text: string, without: string | null }}
 */
function troubleText(what) {
  const withoutLists = "Abrir con las listas incluidas, solo esta vez";
  const withoutProfile = "Abrir con un perfil nuevo, solo esta vez";
  const fresh = "Con un perfil nuevo los demás te ven como a alguien nuevo, y no se conserva nada de él.";
  switch (what) {
    case "badList":
      return {
        title: "Hay un error en una de tus listas",
        text: "Chitchatter lee unas listas que puedes modificar, y esta no la entiende. Corrige o borra el archivo y prueba de nuevo. O abre la aplicación con las listas que trae; tu archivo se queda como está.",
        without: withoutLists,
      };
    case "unreadableList":
      return {
        title: "Una de tus listas no se puede leer",
        text: "El archivo está, pero el sistema no deja que Chitchatter lo lea. Haz que puedas leerlo y prueba de nuevo. O abre la aplicación con las listas que trae.",
        without: withoutLists,
      };
    case "badProfile":
      return {
        title: "Tu perfil está dañado",
        text: `El archivo que dice quién eres no es el que escribió Chitchatter. Se deja como está, por si se puede salvar. Si tienes una copia, ponla ahí y prueba de nuevo. ${fresh}`,
        without: withoutProfile,
      };
    case "unreadableProfile":
      return {
        title: "Tu perfil no se puede leer",
        text: `El archivo que dice quién eres está, pero el sistema no deja que Chitchatter lo lea. Haz que puedas leerlo y prueba de nuevo. ${fresh}`,
        without: withoutProfile,
      };
    case "unwritableProfile":
      return {
        title: "Tu perfil no se puede guardar",
        text: `Chitchatter quiere guardar en este archivo quién eres, y el sistema no lo deja. Haz que haya espacio y que puedas escribir ahí, y prueba de nuevo. ${fresh}`,
        without: withoutProfile,
      };
    case "profileInUse":
      return {
        title: "Tu perfil está en uso",
        text: `Otro Chitchatter de esta máquina, quizá en una terminal, usa el archivo que dice quién eres. Dos desharían lo que el otro guarda. Cierra ese y prueba de nuevo. ${fresh}`,
        without: withoutProfile,
      };
    case "noFolder":
      return {
        title: "No hay carpeta para tu perfil",
        text: "El sistema no dice dónde está tu carpeta personal, así que Chitchatter no puede guardar quién eres. Sin ella eres alguien nuevo cada vez.",
        without: withoutProfile,
      };
    case "noKey":
      return {
        title: "No se te ha podido crear una identidad",
        text: "Tu perfil contiene una clave que no tiene nadie más, y el sistema no ha podido crearla. Prueba de nuevo; si sigue igual, reinicia la máquina.",
        without: null,
      };
    case "pageEnds":
      return {
        title: "La ventana ha dejado de funcionar varias veces",
        text: "Sigues en tus salas y no se ha perdido nada de lo dicho. La vista web del sistema, que dibuja esta ventana, se cerró sola una y otra vez. Prueba de nuevo; si sigue igual, quizá ayude actualizar el sistema.",
        without: null,
      };
    default:
      return unreachable(what);
  }
}

/** @param {FetchFault} fault @returns {string} */
function fetchFault(fault) {
  switch (fault) {
    case "badAddress":
      return "Esa dirección no se puede pedir.";
    case "privateAddress":
      return "Esa dirección está dentro de una red privada, así que no se pide.";
    case "unreachable":
      return "No se llega al sitio.";
    case "tls":
      return "El cifrado del sitio no es de fiar.";
    case "refused":
      return "El sitio no la da.";
    case "tooManyRedirects":
      return "El sitio manda de una dirección a otra.";
    case "tooLarge":
      return "Es demasiado grande para mostrarla aquí.";
    case "tooSlow":
      return "El sitio tarda demasiado.";
    case "proxy":
      return "No se puede usar el proxy, y sin él no se pide.";
    case "notAnImage":
      return "No es una imagen que se pueda mostrar aquí.";
    default:
      return unreachable(fault);
  }
}

/** @param {LinkFault} fault @returns {string} */
function linkFault(fault) {
  switch (fault) {
    case "empty":
      return "Escribe el nombre de una sala o pega un enlace a una.";
    case "tooLong":
      return "Es más largo que el nombre o el enlace de cualquier sala.";
    case "notARoom":
      return "Ese enlace no lleva a ninguna sala.";
    case "badName":
      return "Ninguna sala puede llamarse así.";
    case "badOrigin":
      return "El mundo que nombra este enlace no es una dirección web.";
    case "badSecret":
      return "La contraseña de este enlace está dañada. Pide el enlace de nuevo.";
    case "badTracker":
      return "Los puntos de encuentro que nombra este enlace no se pueden usar. Pide el enlace de nuevo.";
    default:
      return unreachable(fault);
  }
}
