// guard keeps parallel sessions on one repository apart. `guard agent install opencode` writes this file, and writes it anew when it is
// run again.
//
// For opencode from 1.18.29 on: `server` is the interface of opencode 1 (npm @opencode-ai/plugin), `setup` that of opencode 2
// (opencode.ai/v2/docs/build/plugins). Every question goes to `guard agent opencode`, which judges; nothing is decided here. Where guard
// does not answer, the tool does not run.

import { spawn } from "node:child_process"

const READERS = new Set([
  ..."read grep glob list ls lsp webfetch websearch codesearch todoread todowrite question skill task".split(" "),
])
const WRITERS = new Set("write edit multiedit patch apply_patch".split(" ")) // asked about before, and nothing is left to look at after
const QUICK = 10_000 // milliseconds that guard may take before a tool
const PATIENT = 30_000 // and otherwise
const READ = 20_000 // that a person has to read what is told them

/** Ask guard about an event in a directory. The answer has `deny`, `tell`, `block` or `note`, each a text, or none of them. */
function ask(event, directory, sessionID, more = {}) {
  const payload = JSON.stringify({ hook_event_name: event, cwd: directory, session_id: sessionID ?? "", ...more })
  return new Promise((resolve) => {
    const child = spawn("guard", ["agent", "opencode"], { stdio: "pipe" })
    const patience = event === "tool.execute.before" ? QUICK : PATIENT
    const timer = setTimeout(() => child.kill(), patience) // not `timeout` of spawn: that keeps node from ending where nothing was started
    let out = ""
    let err = ""
    child.stdout.on("data", (data) => (out += data))
    child.stderr.on("data", (data) => (err += data))
    child.stdin.on("error", () => {}) // an early end is told by the exit status
    child.on("error", (error) => {
      clearTimeout(timer)
      resolve({ deny: `guard cannot be started: ${error.message}\nnext: guard agent selftest opencode` })
    })
    child.on("close", (code) => {
      clearTimeout(timer)
      resolve(understood(code, out, err))
    })
    child.stdin.end(payload)
  })
}

function understood(code, out, err) {
  try {
    if (code === 0) return JSON.parse(out)
  } catch {
    // said below, as any other way not to answer
  }
  return { deny: (code === 2 && err.trim()) || `guard did not answer (exit status ${code}): ${err.trim()}` }
}

/**
 * Throw what guard says against a tool: opencode does not run it then, and gives the text to the model. What it only tells is kept for
 * the tool's output.
 */
async function before(directory, sessionID, tool, args, parent) {
  if (READERS.has(tool)) return
  const more = { tool_name: tool, tool_input: args, parent_agent_id: await parent(sessionID) }
  const { deny, tell } = await ask("tool.execute.before", directory, sessionID, more)
  if (deny) throw new Error(deny)
  if (tell) told.set(sessionID, [...(told.get(sessionID) ?? []), tell])
}

const told = new Map() // by session: what guard told before a tool

/** What is on the disk now that should not be, to be told behind a tool's output; "" where there is nothing. */
async function after(directory, sessionID, tool, args, parent) {
  const before = told.get(sessionID) ?? []
  told.delete(sessionID)
  if (READERS.has(tool) || WRITERS.has(tool)) return before.join("\n")
  const more = { tool_name: tool, tool_input: args, parent_agent_id: await parent(sessionID) }
  const { tell } = await ask("tool.execute.after", directory, sessionID, more)
  return [...before, tell ?? ""].filter(Boolean).join("\n")
}

/** Give a function that tells for which session another one works: opencode's subagents are sessions, too. Each is looked up once. */
function parents(look) {
  const known = new Map()
  return (sessionID) => {
    if (!known.has(sessionID)) known.set(sessionID, look(sessionID).then((session) => session?.parentID ?? "").catch(() => ""))
    return known.get(sessionID)
  }
}

/** Give a function that tells what a session starts from, asked for once a session. */
function briefs(parent) {
  const known = new Map()
  const start = async (directory, id) => ask("session.start", directory, id, { parent_agent_id: await parent(id) })
  return async (directory, sessionID) => {
    if (!known.has(sessionID)) known.set(sessionID, start(directory, sessionID))
    const { tell } = await known.get(sessionID)
    return tell ?? ""
  }
}

async function server({ client, directory }) {
  const parent = parents(async (id) => (await client.session.get({ path: { id } })).data)
  const brief = briefs(parent)
  const aborted = new Set() // a person has stopped these, and means it
  return {
    "tool.execute.before": (input, output) => before(directory, input.sessionID, input.tool, output.args, parent),
    "tool.execute.after": async (input, output) => {
      const told = await after(directory, input.sessionID, input.tool, input.args, parent)
      if (told) output.output = `${output.output ?? ""}\n\n${told}`
    },
    "experimental.chat.system.transform": async (input, output) => {
      const told = input.sessionID ? await brief(directory, input.sessionID) : ""
      if (told) output.system.push(told)
    },
    event: async ({ event }) => {
      const id = event.properties?.sessionID
      if (event.type === "session.error" && event.properties.error?.name === "MessageAbortedError") aborted.add(id)
      if (event.type !== "session.idle" || aborted.delete(id)) return
      if (await parent(id)) return // a subagent has no handoff of its own
      const { block, note } = await ask("session.idle", directory, id)
      if (block) await client.session.promptAsync({ path: { id }, body: { parts: [{ type: "text", text: block }] } })
      if (note) await client.tui.showToast({ body: { message: note, variant: "warning", duration: READ } })
    },
  }
}

async function setup(ctx) {
  const parent = parents(async (sessionID) => ctx.session.get({ sessionID }))
  const brief = briefs(parent)
  const place = async (sessionID) => {
    const session = await ctx.session.get({ sessionID })
    return session?.location?.directory ?? ctx.location?.directory ?? process.cwd()
  }
  await ctx.tool.hook("execute.before", async (call) => before(await place(call.sessionID), call.sessionID, call.tool, call.input, parent))
  await ctx.tool.hook("execute.after", async (call) => {
    const told = await after(await place(call.sessionID), call.sessionID, call.tool, call.input, parent)
    if (!told || !call.result) return
    const content = call.result.content
    call.result.content = Array.isArray(content) ? [...content, { type: "text", text: told }] : `${content ?? ""}\n\n${told}`
  })
  await ctx.session.hook("context", async (context) => {
    const told = await brief(await place(context.sessionID), context.sessionID)
    if (told) context.system.push({ type: "text", text: told })
  })
  void watch(ctx, place, parent)
}

/** Ask for the handoff when a session has ended well. */
async function watch(ctx, place, parent) {
  for await (const event of ctx.event.subscribe()) {
    if (event.type !== "session.execution.succeeded") continue
    const sessionID = event.data.sessionID
    const { block } = (await parent(sessionID)) ? {} : await ask("session.idle", await place(sessionID), sessionID)
    if (block) await ctx.session.prompt({ sessionID, text: block })
  }
}

export default { id: "guard", server, setup }
