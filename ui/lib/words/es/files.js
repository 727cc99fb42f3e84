/**
 * Spanish: what is said around files that are shared.
 *
 * @import {ShareKind, TransferFault} from "../../../types/ipc.js"
 * @import {files as English} from "../en/files.js"
 */
import { unreachable } from "../../unreachable.js";
import { counted, inSeconds, listed } from "./count.js";

/** @param {TransferFault["kind"]} kind */
const plainFault = (kind) => FAULTS[/** @type {keyof typeof FAULTS} */ (kind)];

const FAULTS = {
  tooLarge: "Es más grande, o tiene más archivos, de lo que se puede compartir.",
  tooLargeToShow: "Es demasiado grande para mostrarlo o reproducirlo aquí. Guárdalo y ábrelo con otro programa.",
  badName: "Lleva un nombre que aquí no puede tener ningún archivo.",
  wrongHash: "Lo que ha llegado no es lo prometido. No se ha guardado nada.",
  notAsOffered: "Lleva otros nombres, otro tamaño u otro número de archivos de lo anunciado. No se ha guardado nada.",
  cannotWrite: "No se puede escribir en la carpeta. ¿Sigue ahí su disco?",
  cannotRead: "No se pueden leer los archivos.",
  changed: "Los archivos de tu disco han cambiado después de compartirlos. Compártelos de nuevo.",
  noLongerThere: "Los archivos ya no están en tu disco.",
  refused: "Nadie que lo tenga lo da.",
  nobodyAnswers: "Nadie que lo tenga responde.",
  cannotOpen: "Se cerró con otra clave que la de esta sala, así que no se puede abrir.",
  calledOff: "Se ha cancelado.",
};

/** @type {typeof English} */
export const files = {
  files: {
    attach: "Compartir archivos",
    attachTitle: "Compartir con toda la sala",
    pickFiles: "Archivos…",
    pickFolder: "Una carpeta…",
    attachHint: "O suéltalos sobre la sala, o pega archivos o una imagen. No se sube nada: van de tu máquina a las suyas mientras estés aquí.",
    pasted: "imagen",

    drop: (room) => `Suelta para compartir con toda la sala ${room}`,
    dropDirect: "En una charla privada no se pueden compartir archivos, solo con toda una sala.",
    dropHome: "Suelta una imagen con un código QR para ver adónde lleva.",
    dropNowhere: "Ve a una sala para compartir archivos en ella.",
    dropRefused: "Lo que has soltado no se puede compartir. Solo archivos y carpetas de esta máquina.",

    sureTitle: "¿Compartir todo esto?",
    sure: (count, size, room) => `${counted(count, "archivo", "archivos")}, ${size} en total, con toda la sala ${room}.`,
    sureWhy: "Antes de ofrecerlos se leen una vez enteros, y eso puede tardar.",
    sureYes: "Compartir",

    kind(kind, count) {
      if (kind !== "folder" && count !== null && count > 1) return MANY[kind](count);
      switch (kind) {
        case "file":
          return "Archivo";
        case "folder":
          return count === null ? "Carpeta" : `Carpeta con ${counted(count, "archivo", "archivos")}`;
        case "image":
          return "Imagen";
        case "audio":
          return "Sonido";
        case "video":
          return "Vídeo";
        default:
          return unreachable(kind);
      }
    },
    unknownSize: "tamaño aún desconocido",
    unknownSet: "Qué es y cuánto se sabe al traerlo",
    several: (count, first) => `${counted(count, "archivo", "archivos")}: ${first}, …`,
    together: (size) => `${size} en total`,

    holders: (names, more) => `Lo ${names.length + more === 1 ? "tiene" : "tienen"} ${listed(more > 0 ? [...names, `${more} más`] : names)}`,
    offeredTo: (of) => (of === 1 ? "Ofrecido" : `Ofrecido a las ${of} personas`),
    fetchedByNobody: "Nadie lo ha traído todavía",
    holdersUnknown: "No se sabe quién lo tiene: puede que ya nadie",
    fetchedBy: (names, more) => `Lo ${names.length + more === 1 ? "ha traído" : "han traído"} ${listed(more > 0 ? [...names, `${more} más`] : names)}`,
    givingTo: (count) => `Yendo ahora a ${counted(count, "persona", "personas")}`,

    own: "Lo compartes tú",
    offered: "Sin traer",
    waiting: "Esperando para empezar…",
    preparing: "Preparándose…",
    fetching: "Llegando…",
    paused: "En pausa",
    stalled: "Esperando a alguien que lo tenga…",
    saving: "Guardándose en su carpeta…",
    done: "Guardado",
    savedIn: (folder) => `Guardado en ${folder}`,
    shown: "Mostrado aquí, sin guardar",
    fetched: "Descargado, sin guardar",
    failed: "No ha llegado",
    failedOwn: "No se ha podido compartir",
    gone: "Ya no está disponible: no hay nadie aquí que lo tenga.",
    withdrawn: "Ya no está disponible: se ha retirado.",
    withdrawnOwn: "Ya no lo compartes.",

    amount: (have, total) => `${have} de ${total}`,
    speed: (speed) => `${speed} por segundo`,
    left(ms) {
      const seconds = Math.ceil(ms / 1000);
      return seconds < 5400 ? `quedan ${inSeconds(seconds)}` : `quedan unas ${counted(Math.round(seconds / 3600), "hora", "horas")}`;
    },
    percent: (percent) => `${percent} por ciento`,
    progress: (name) => `Cuánto ha llegado de ${name}`,

    download: "Guardar",
    again: "Guardar otra vez",
    show: "Mostrar aquí",
    hide: "Ocultar",
    play: "Reproducir",
    showWhy: "Se trae y se muestra aquí sin guardarlo.",
    pause: "Pausar",
    resume: "Seguir",
    cancel: "Cancelar",
    dismiss: "Descartar",
    throwAway: "Tirar",
    partHere: (size) => `Han llegado ${size}. Se tira al salir de la sala o cerrar la aplicación.`,
    retry: "Reintentar",
    open: "Abrir",
    reveal: "Ver en la carpeta",
    unshare: "Dejar de compartir",
    runs: "Un archivo así podría poner en marcha un programa, y desde aquí no se abre. Ábrelo tú solo si te fías de quien lo envía.",
    plain: "De alguien que no conoces. Su imagen no se muestra hasta que la pidas.",
    showThumbnail: "Mostrar su imagen",
    list: (count) => counted(count, "archivo", "archivos"),
    moreFiles: (count) => counted(count, "archivo más", "archivos más"),
    savedAs: (name) => `guardado como ${name}`,
    alt: (name) => `Imagen: ${name}`,
    thumbnailAlt: (name) => `Imagen pequeña de ${name}`,
    notShown: "No se puede mostrar aquí. Guárdalo y ábrelo con otro programa.",
    notPlayed: "Este sistema no puede reproducirlo aquí. Lo que casi todos los sonidos y vídeos necesitan viene con los paquetes gstreamer1.0-libav y gstreamer1.0-plugins-good (así se llaman en Debian y Ubuntu). O guárdalo y ábrelo con otro programa.",
    tooLarge: "Demasiado grande para mostrarlo o reproducirlo aquí. Guárdalo y ábrelo con otro programa.",
    tooLargeSaved: "Demasiado grande para mostrarlo o reproducirlo aquí. Ábrelo con otro programa.",
    notOpened: "El sistema no tiene nada que abra este archivo. Mira en su carpeta y elige allí.",
    notRevealed: "No se ha podido mostrar la carpeta. Puede que se haya movido o borrado.",

    moving: {
      gives: (count, name) => `${counted(count, "persona está", "personas están")} trayendo ${name} de tu máquina.`,
      comes: (name) => `Estás trayendo ${name}.`,
      more: (count) => `${count} más en camino.`,
    },
    stopsLeaving: "Si sales, se detiene.",
    endsLeaving: "Nadie podrá traer ya de ti lo que compartes allí.",
    endTitle: "¿Cerrar Chitchatter ahora?",
    stopsEnding: "Si lo cierras, se detiene, y nadie podrá traer ya lo que compartes.",
    end: "Cerrar",
    stay: "Quedarse",

    pasteTitle: "¿Compartir lo que has copiado?",
    pasteLead: (name, count, size, room) => `${name}${count > 1 ? ` (${counted(count, "archivo", "archivos")})` : ""}, ${size}, con toda la sala ${room}.`,

    unshareTitle: "¿Dejar de compartirlo?",
    unshareLead: "Nadie podrá traerlo ya de ti, y se para lo que esté en camino. Quien ya lo tenga lo conserva.",
    keepSharing: "Seguir compartiendo",
    cancelTitle: "¿Tirar lo que ha llegado?",
    cancelLead: "Lo que ha llegado se borra de tu disco. Tendría que volver a llegar desde el principio.",
    keepFetching: "Conservarlo",

    told: {
      preparing: (name) => `Preparando ${name}.`,
      giving: (name) => `${name} ya se puede traer.`,
      fetching: (name) => `${name} está llegando.`,
      paused: (name) => `${name} está en pausa.`,
      stalled: (name) => `${name} espera a alguien que lo tenga.`,
      done: (name) => `${name} está guardado.`,
      shown: (name) => `${name} se muestra aquí.`,
      failed: (name) => `${name} no ha llegado.`,
      gone: (name) => `${name} ya no está disponible.`,
      withdrawn: (name) => `${name} se ha retirado.`,
    },

    fault: (fault, size) =>
      fault.kind === "noRoom" ? `No hay sitio en el disco: ocupa ${size(fault.needed)}, además deben quedar libres ${size(fault.spare)}, y hay ${size(fault.free)}.` : plainFault(fault.kind),

    transfers: "Archivos en camino",
    inRoom: (room) => `en ${room}`,
    pauseWhat: (name) => `Pausar ${name}`,
    resumeWhat: (name) => `Seguir con ${name}`,
    cancelWhat: (name) => `Cancelar ${name}`,
    retryWhat: (name) => `Reintentar ${name}`,
    dropWhat: (name) => `Quitar ${name} de la lista`,

    section: "Archivos",
    folder: "Dónde se guardan los archivos",
    folderUnset: "Se te pregunta la primera vez.",
    folderHint: "Lo que traes se guarda ahí con su nombre, junto a lo que ya se llame igual. Lo que solo se muestra aquí queda en memoria y desaparece con la sala.",
    changeFolder: "Elegir una carpeta…",
    forgetFolder: "Volver a preguntarme",

    auto: "Mostrar imágenes y sonidos sin preguntar",
    autoWhy: "Solo de personas que has marcado como conocidas, a las que has respondido o escrito a solas, y solo hasta 8 MB. Lo demás se muestra cuando lo pides.",
  },
};

/** @type {Record<Exclude<ShareKind, "folder">, (count: number) => string>} */
const MANY = {
  file: (count) => counted(count, "archivo", "archivos"),
  image: (count) => counted(count, "imagen", "imágenes"),
  audio: (count) => counted(count, "sonido", "sonidos"),
  video: (count) => counted(count, "vídeo", "vídeos"),
};
