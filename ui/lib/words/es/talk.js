/**
 * Spanish: what is said around a conversation, in rooms and in private talks.
 *
 * @import {talk as Talk} from "../en/talk.js"
 */
import { unreachable } from "../../unreachable.js";
import { around, joined, named } from "../names.js";
import { counted, listed } from "./count.js";

/** @type {typeof Talk} */
export const talk = {
  room: {
    public: "Sala pública",
    private: "Sala privada",
    invite: "Invitar",
    linkCopied: "Enlace copiado.",
    secretCopied: "Enlace con la contraseña copiado. Quien lo consiga puede entrar.",
    people: "Personas y conexión",
    peopleCount: (count) => `${counted(count, "persona", "personas")} aquí, contándote a ti`,
    leave: "Salir",
    log: "Mensajes",
    below: (count) => counted(count, "mensaje nuevo", "mensajes nuevos"),
    toBottom: "Ir al mensaje más reciente",
    today: "Hoy",
    yesterday: "Ayer",
    alone: "Ahora no hay nadie más aquí. Lo que escribas espera a quien entre después.",
    aloneLead: "Todavía no hay nadie con quien puedas hablar. Puedes invitar a otras personas o escribir algo para quien venga.",
    silent: "No se ha dicho nada desde que llegaste. Lo que escribas les llega a todos los que están aquí.",
  },

  line: {
    you: "Tú",
    earlier: "de antes",
    earlierWhy: (by) => `Se dijo antes de que llegaras y te lo pasó ${by}. Nadie puede responder de quién lo escribió.`,
    someone: "alguien de aquí",
    misattributed: "Este mensaje decía ser de otra persona. Se muestra con el nombre de quien lo envió.",
    progress(progress, { reached, of, received }) {
      switch (progress) {
        case "nobody":
          return ["en espera", "Aún no había nadie más. Lo recibe quien entre después."];
        case "waiting":
          return ["en espera", "Espera a que vuelva."];
        case "sending":
          return [`${reached} de ${of}`, reached === 0 ? "Enviando…" : `Enviado a ${reached} de ${counted(of, "persona", "personas")}`];
        case "sent":
          return [
            received === 0 ? "" : `${received} de ${of}`,
            received === 0 ? "Enviado, aún sin recibir" : `Recibido por ${received} de ${counted(of, "persona", "personas")}`,
          ];
        case "received":
          return ["", of === 1 ? "Recibido" : `Recibido por las ${of} personas`];
        case "failed":
          if (of === 1) return ["En espera", "Se fue antes de tenerlo; lo recibirá cuando vuelva y se le reconozca."];
          return ["No llegó a todos", `Recibido por ${received} de ${counted(of, "persona", "personas")}. Las demás se fueron antes de tenerlo; lo reciben cuando vuelvan y se las reconozca.`];
        default:
          return unreachable(progress);
      }
    },
    retry: "Enviar de nuevo",
    resent: "Va de nuevo a quienes están aquí y no lo tenían.",
    edited: "editado",
    editedWhy: "Su autor lo dijo antes de otra manera.",
    deleted: "Este mensaje se retiró.",
    deletedShort: "retirado",
    mentionsYou: "Te menciona",
    replyTo: (author) => `En respuesta a ${author}`,
    replyGone: (author) => `En respuesta a ${author}, cuyo mensaje ya no está aquí`,
    more: "Mostrar más",
    less: "Mostrar menos",
    reactions: "Reacciones",
    /** @param {string[]} names */
    reacted: (names) => listed(names),
    folded(count, author, why) {
      const many = counted(count, "mensaje", "mensajes");
      const folded = count === 1 ? "plegado" : "plegados";
      switch (why) {
        case "flood":
          return `${many} de ${author} ${folded}: ${count === 1 ? "llegó" : "llegaron"} demasiado deprisa.`;
        case "slow":
          return `${many} de ${author} ${folded}: esta sala va despacio para quienes no conoces.`;
        case "muted":
          return `${many} de ${author}, a quien silenciaste.`;
        case "blocked":
          return `${many} de ${author}, a quien bloqueaste.`;
        default:
          return unreachable(why);
      }
    },
    unfold: "Mostrar",
    fold: "Ocultar",
    news: "Nuevo",
    how: "Las flechas van de un mensaje a otro. Intro abre lo que se puede hacer con uno, R responde y E edita el tuyo.",
    copyCode: "Copiar el código",
    code: "Código",
    emptyCode: "Nada entre las marcas de código",
    table: "Tabla",
  },

  notice(what) {
    switch (what.kind) {
      case "joined":
        return ["Ha entrado ", what.name, ""];
      case "left":
        return ["Ha salido ", what.name, ""];
      case "lost":
        return ["Se perdió la conexión con ", what.name, ""];
      case "renamed":
        return ["", what.from, " se llama ahora ", what.to, ""];
      case "slowed":
        return ["", what.name, " dice mucho de golpe y se le frena"];
      case "blocked":
        return ["Has bloqueado a ", what.name, ""];
      default:
        return unreachable(what);
    }
  },

  comings: (groups) =>
    joined(
      groups.map(({ outcome, names }) => {
        const all = named("es", names, (more) => `${more} más`);
        const have = names.length === 1 ? "ha" : "han";
        switch (outcome) {
          case "joined":
            return around(`${have} entrado `, all, "");
          case "passed":
            return around(`${have} entrado y salido `, all, "");
          case "left":
            return around(`${have} salido `, all, "");
          case "back":
            return around(`${have} salido y vuelto `, all, "");
          case "lost":
            return around("se perdió la conexión con ", all, "");
          case "found":
            return around("se perdió la conexión con ", all, `, y ${have} vuelto`);
          default:
            return unreachable(outcome);
        }
      }),
    ),

  lineActions: {
    title: (author) => `El mensaje de ${author}`,
    own: "Tu mensaje",
    react: "Reaccionar",
    reply: "Responder",
    copy: "Copiar el texto",
    edit: "Editar",
    delete: "Retirar",
    deleteTitle: "¿Retirar este mensaje?",
    deleteLead: "Desaparece aquí y para todos los que usan esta aplicación.",
    deleteBrowsers: "Quienes están con un navegador lo conservan: los navegadores no pueden retirar mensajes.",
    keep: "Dejarlo",
  },

  composer: {
    label: "Mensaje",
    placeholder: "Escribe un mensaje",
    placeholderTo: (name) => `Escribe a ${name}`,
    send: "Enviar",
    save: "Guardar el cambio",
    help: "Intro envía; Mayús e Intro empieza una línea nueva.",
    left: (left) => `${left === 1 ? "Queda" : "Quedan"} ${counted(left, "carácter", "caracteres")}`,
    over: (over) => `${counted(over, "carácter", "caracteres")} de más: a quien esté con un navegador no le llegaría.`,
    emoji: "Emoji",
    replying: (author) => `Respondiendo a ${author}`,
    dropReply: "No responder",
    editing: "Cambiando tu mensaje",
    editingBrowsers: "Quienes están con un navegador conservan las palabras de antes.",
    dropEdit: "Dejarlo como estaba",
    suggestions: "Propuestas",
    suggested: (count) => `${counted(count, "propuesta", "propuestas")}. Las flechas eligen, Intro la toma.`,
  },

  emoji: {
    title: "Emojis",
    search: "Buscar emojis",
    none: "Ningún emoji se llama así.",
    found: (count) => counted(count, "emoji", "emojis"),
    browsers: "Quienes están con un navegador no lo ven.",
  },

  search: {
    open: "Buscar",
    label: "Buscar en estos mensajes",
    close: "Cerrar la búsqueda",
    earlier: "Resultado anterior",
    later: "Resultado siguiente",
    none: "No se encontró nada",
    at: (at, of) => `${at} de ${of}`,
  },

  roomMenu: {
    open: "Más",
    title: "Esta sala",
    fullScreen: "Pantalla completa",
    window: "Salir de la pantalla completa",
    mute: "Silenciar esta sala",
    muteWhy: "Sin sonidos ni notificaciones, salvo que alguien te mencione.",
    slow: "Modo lento para quienes no conoces",
    slowWhy: "De quienes no has marcado como conocidos y con quienes no has hablado se muestra solo un mensaje cada pocos segundos. El resto se pliega.",
    plain: "Sin enlaces ni medios de quienes no conoces",
    plainWhy: "Los enlaces se muestran como texto que no se puede pulsar, y no se muestran imágenes, sonidos ni películas. La negrita y similares quedan.",
    onlyHere: "Esto vale solo en esta máquina.",
    muteRoom: (room) => `Silenciar ${room}`,
    unmuteRoom: (room) => `Volver a oír ${room}`,
  },

  direct: {
    title: (name) => `Charla privada con ${name}`,
    through: (room) => `Solo los dos, por ${room}`,
    here: "aquí ahora",
    away: "fuera",
    awayWhy: "Ahora no está. Lo que escribas espera a que vuelva.",
    back: "Volver a la sala",
    about: "Acerca de esta persona",
    empty: "Aún no se ha dicho nada",
    emptyLead: "Lo que escribas aquí le llega solo a esta persona.",
    unread: (count) => counted(count, "mensaje privado nuevo", "mensajes privados nuevos"),
  },

  typing(names) {
    const [first = "", second = ""] = names;
    if (names.length === 0) return [];
    if (names.length === 1) return ["", first, " está escribiendo…"];
    if (names.length === 2) return ["", first, " y ", second, " están escribiendo…"];
    return ["Varias personas están escribiendo…"];
  },

  people: {
    title: "Personas",
    you: "tú",
    native: "App",
    nativeWhy: "Usa esta aplicación.",
    browser: "Navegador",
    browserWhy: "Usa un navegador.",
    about: (name) => `Acerca de ${name}`,
    aboutYou: "Acerca de ti",
    slowed: "Con freno",
    slowedWhy: "Dice más de lo que se puede leer; el resto se pliega.",
    muted: "En silencio",
    mutedWhy: "Silenciaste a esta persona. Lo que dice se pliega.",
    keyChanged: "Clave nueva",
    keyChangedWhy: "El mismo perfil vino antes con otra clave. Pregúntale por otro medio si es de verdad quien dice.",
    imitates(whom) {
      switch (whom.kind) {
        case "person":
          return `Se parece a ${whom.name}`;
        case "ours":
          return "Se parece a tu nombre";
        case "oneself":
          return "Se lee como «tú»";
        default:
          return unreachable(whom);
      }
    },
    imitatesWhy(whom) {
      switch (whom.kind) {
        case "person":
          return `Este nombre se parece al de ${whom.name}, que lo tenía antes. Puede ser otra persona.`;
        case "ours":
          return "Este nombre se parece al tuyo. Es otra persona.";
        case "oneself":
          return "Este nombre se lee como si fueras tú. Es otra persona.";
        default:
          return unreachable(whom);
      }
    },
    judged: "Conocidas, en silencio, bloqueadas",
    known: "Conocida",
    unknow: "Olvidar",
    unknowWho: (name) => `Dejar de conocer a ${name}`,
    unmute: "Quitar el silencio",
    unblock: "Desbloquear",
    unmuteWho: (name) => `Quitar el silencio a ${name}`,
    unblockWho: (name) => `Desbloquear a ${name}`,
    blocked: "Bloqueada",
  },

  person: {
    verification: "Quién es",
    connection: "Conexión",
    profile: "Perfil",
    key: "Clave",
    keyHint: "Compara estas cifras con las que esa persona ve en «Acerca de ti», por ejemplo por teléfono. Si son las mismas, es ella de verdad.",
    keyHintBrowser: "Su navegador no muestra cifras, sino la clave pública entera: cópiala y compárala con la que esa persona ve allí.",
    yourKey: "Lee estas cifras a los demás: ven las mismas sobre ti si no hay nadie en medio.",
    copyFingerprint: "Copiar las cifras",
    fingerprintCopied: "Cifras copiadas.",
    copyKey: "Copiar la clave pública",
    keyCopied: "Clave pública copiada.",
    copyProfile: "Copiar el identificador del perfil",
    profileHint: "Es siempre el mismo mientras conserve su perfil.",
    session: "Sesión",
    sessionHint: "Otra cada vez que inicia la aplicación o abre la página.",
    yourSession: "Otra cada vez que inicias la aplicación.",
    copySession: "Copiar el identificador de la sesión",
    sessionCopied: "Identificador de la sesión copiado.",
    profileCopied: "Identificador del perfil copiado.",
    unknown: "no lo ha dicho",
    know: "Conozco a esta persona",
    knowWhy: "Así no es una desconocida: el modo lento no vale para ella, sus enlaces funcionan y sus imágenes y sonidos pequeños pueden mostrarse solos donde lo permitas. Se guarda en esta máquina, para quien venga verificado como ella.",
    knowSpoken: "Has hablado con ella, así que hasta que cierres la aplicación no es una desconocida. Si la marcas, lo sigue siendo siempre.",
    knowNot: "Solo se puede marcar a alguien con identidad verificada: si no, cualquiera podría venir en su lugar.",
    known: (name) => `Conoces a ${name}.`,
    stranger: (name) => `${name} ya no está entre quienes conoces.`,
    message: "Escribirle",
    mute: "Silenciar",
    unmute: "Quitar el silencio",
    block: "Bloquear",
    blockTitle: (name) => `¿Bloquear a ${name}?`,
    blockLead: "No volverás a saber nada de esta persona en ninguna sala, y tu aplicación no se conecta con la suya. Para deshacerlo, búscala en Personas, «Conocidas, en silencio, bloqueadas».",
    blockSession: "Esta persona no ha demostrado quién es: con otra sesión puede volver como si fuera otra.",
    keep: "No bloquear",
    muted: (name) => `Has silenciado a ${name}.`,
    blocked: (name) => `Has bloqueado a ${name}.`,
    normal: (name) => `Vuelves a oír a ${name}.`,
    you: "Eres tú",
    yourProfile: "Los demás te reconocen por este identificador y por una clave que nunca sale de esta máquina.",
  },

  load: {
    title: "¿Cargar esta imagen?",
    lead: "Viene de",
    why: "Ese sitio verá tu dirección y cuándo la miraste. No se guarda nada de ella.",
    yes: "Cargar la imagen",
    again: "Haz clic para intentarlo de nuevo.",
    loading: (host) => `Cargando desde ${host}…`,
    from: (host) => `De ${host}`,
    shown: "Imagen",
    /** @param {string} host */
    picture: (host) => `Imagen en ${host}, aún sin cargar`,
    /** @param {string} host */
    video: (host) => `Vídeo en ${host}, se abre en tu navegador`,
  },

  verification(verification) {
    switch (verification) {
      case "verified":
        return ["Verificado", "Su firma corresponde a este perfil."];
      case "unverified":
        return ["Sin verificar", "Usa un perfil que no ha demostrado que sea suyo. Cuidado con lo que cuentas."];
      case "unidentified":
        return ["Sin identificar", "No ha dicho quién es."];
      default:
        return unreachable(verification);
    }
  },

  signed: ["Firmado", "Su firma corresponde a este perfil."],

  proof(proof, isApp) {
    switch (proof) {
      case "proven":
        return ["Demostrado", "Ha demostrado en esta conexión que tiene la clave de este perfil."];
      case "awaited":
        return ["Preguntando", "Se le ha pedido que demuestre que tiene la clave de este perfil."];
      case "missing":
        return ["No puede demostrarlo", "Se le ha pedido que demuestre que tiene la clave de este perfil, y no ha podido. Probablemente sea otra persona."];
      case "none":
        return isApp
          ? ["Solo lo afirma", "Una aplicación antigua no puede demostrar que tiene la clave. Su firma puede haberla copiado alguien que coincidió con la persona de verdad."]
          : ["Solo lo afirma", "Un navegador no puede demostrar que tiene la clave. Su firma puede haberla copiado alguien que coincidió con la persona de verdad."];
      default:
        return unreachable(proof);
    }
  },

  path(path) {
    switch (path) {
      case "direct":
        return ["Directa", "Con conexión directa contigo."];
      case "relayed":
        return ["Por repetidor", "Con conexión a través de un repetidor, que solo ve datos cifrados."];
      case "unknown":
        return ["Con conexión", "Aún no se sabe si es directa o a través de un repetidor."];
      default:
        return unreachable(path);
    }
  },
};
