// The YAML language server as an editor speaks with it: JSON-RPC over its standard input and output.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

// Where `tests/run tools` puts the packages of tests/tools/package-lock.json.
export const TOOLS = resolve(process.env.WASL_TEST_NODE ?? "target/tools/node");
// Every answer comes within milliseconds; only the first waits for the schema to be read.
const PATIENCE_MS = 60_000;

const SETTINGS = {
  yaml: { validate: true, hover: true, completion: true, format: { enable: false }, schemaStore: { enable: false } },
};

export class Server {
  #process;
  #unread = Buffer.alloc(0);
  #waiting = new Map();
  #findings = new Map();
  #last = 0;
  #written = 0;

  // Starts the server and greets it.
  static async start() {
    const server = new Server();
    const main = join(TOOLS, "node_modules/yaml-language-server/bin/yaml-language-server");
    if (!existsSync(main)) throw new Error(`there is no ${main}; run: tests/run tools`);
    server.#process = spawn(process.execPath, [main, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
    server.#process.stdout.on("data", (bytes) => server.#read(bytes));
    await server.#ask("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(resolve(".")).href,
      capabilities: {
        workspace: { configuration: true },
        textDocument: {
          completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown"] } },
          hover: { contentFormat: ["markdown"] },
          publishDiagnostics: {},
        },
      },
    });
    server.#say("initialized", {});
    return server;
  }

  // Opens a file, and waits for what is said about it: `line: message`.
  open(path) {
    return this.#open(path, readFileSync(path, "utf8"));
  }

  // Opens a text as a new file in a folder. Each has a name of its own: the server remembers what it read by name.
  write(folder, text) {
    this.#written += 1;
    return this.#open(`${folder}/new-${this.#written}.yaml`, text);
  }

  async #open(path, text) {
    const uri = pathToFileURL(resolve(path)).href;
    const findings = new Promise((answer) => this.#findings.set(uri, answer));
    this.#say("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
    const said = (await patiently(findings, `findings about ${path}`)).map(
      (finding) => `${finding.range.start.line + 1}: ${finding.message}`,
    );
    return { uri, text, said };
  }

  close({ uri }) {
    this.#findings.delete(uri);
    this.#say("textDocument/didClose", { textDocument: { uri } });
  }

  // What the editor offers where `‸` stands in the text: label → what is said about it and what would be inserted.
  async complete(folder, text) {
    const { document, position } = await this.#at(folder, text);
    const list = await this.#ask("textDocument/completion", { textDocument: { uri: document.uri }, position });
    this.close(document);
    return new Map(
      (list.items ?? list).map((item) => [
        item.label,
        { about: item.documentation?.value ?? item.documentation ?? "", insert: item.textEdit?.newText ?? item.insertText },
      ]),
    );
  }

  // What the editor shows when the pointer rests on the word before `‸`.
  async hover(folder, text) {
    const { document, position } = await this.#at(folder, text);
    const shown = await this.#ask("textDocument/hover", { textDocument: { uri: document.uri }, position });
    this.close(document);
    return shown?.contents?.value ?? "";
  }

  async stop() {
    await this.#ask("shutdown", null);
    this.#say("exit", null);
  }

  async #at(folder, marked) {
    const [before] = marked.split("‸");
    const document = await this.write(folder, marked.replace("‸", ""));
    const lines = before.split("\n");
    return { document, position: { line: lines.length - 1, character: lines.at(-1).length } };
  }

  #ask(method, params) {
    const id = (this.#last += 1);
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#write({ id, method, params });
    return patiently(answer, method);
  }

  #say(method, params) {
    this.#write({ method, params });
  }

  #write(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#process.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#process.stdin.write(body);
  }

  #read(bytes) {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const end = this.#unread.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#unread.subarray(0, end).toString())[1]);
      const begin = end + 4;
      if (this.#unread.length < begin + length) return;
      const message = JSON.parse(this.#unread.subarray(begin, begin + length).toString());
      this.#unread = this.#unread.subarray(begin + length);
      this.#take(message);
    }
  }

  #take({ id, method, params, result, error }) {
    if (method === "textDocument/publishDiagnostics") {
      this.#findings.get(params.uri)?.(params.diagnostics);
    } else if (method === "workspace/configuration") {
      this.#write({ id, result: params.items.map(({ section }) => SETTINGS[section] ?? null) });
    } else if (method !== undefined && id !== undefined) {
      this.#write({ id, result: null });
    } else if (id !== undefined) {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      error ? reject(new Error(error.message)) : resolve(result);
    }
  }
}

function patiently(answer, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms: ${what}`)), PATIENCE_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
