// A provider of work accounts on this machine: a page on which somebody says who they are, and ID tokens signed with a
// key that it shows. OpenID Connect Core 1.0, authorization code flow with PKCE.

import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";

const PEOPLE = {
  huda: { sub: "u-1", preferred_username: "huda", name: "Huda Ahmed", groups: ["staff"] },
  rami: { sub: "u-2", preferred_username: "rami", name: "Rami Isa", groups: ["canteen"] },
};
const SECRET = "lanterns and doors";
const LIFETIME_S = 300;

const encoded = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

export class Provider {
  #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  #codes = new Map();
  #server = createServer((request, response) => this.#answer(request, response));
  issuer;
  secret = SECRET;

  static async start() {
    const provider = new Provider();
    await new Promise((done) => provider.#server.listen(0, "127.0.0.1", done));
    provider.issuer = `http://127.0.0.1:${provider.#server.address().port}/realms/ewa`;
    return provider;
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.issuer);
    const json = (value, status = 200) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    switch (url.pathname.replace("/realms/ewa", "")) {
      case "/.well-known/openid-configuration":
        return json({
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/auth`,
          token_endpoint: `${this.issuer}/token`,
          jwks_uri: `${this.issuer}/keys`,
          token_endpoint_auth_methods_supported: ["client_secret_basic"],
        });
      case "/keys":
        return json({ keys: [{ ...this.#keys.publicKey.export({ format: "jwk" }), kid: "k1", use: "sig" }] });
      case "/auth":
        return response
          .writeHead(200, { "content-type": "text/html; charset=utf-8" })
          .end(`<title>Work account</title><form action="/realms/ewa/enter">${[...url.searchParams]
            .map(([name, value]) => `<input type="hidden" name="${name}" value="${value.replaceAll('"', "&quot;")}">`)
            .join("")}<label>Who are you <input name="who" autofocus></label><button>Enter</button></form>`);
      case "/enter":
        return this.#enter(url.searchParams, response);
      case "/token":
        return json(...this.#token(request, new URLSearchParams((await request.toArray()).join(""))));
      default:
        return json({ error: "not_found" }, 404);
    }
  }

  #enter(asked, response) {
    const code = randomUUID();
    this.#codes.set(code, { who: asked.get("who"), nonce: asked.get("nonce"), challenge: asked.get("code_challenge") });
    const back = new URL(asked.get("redirect_uri"));
    for (const [name, value] of Object.entries({ code, state: asked.get("state"), iss: this.issuer })) back.searchParams.set(name, value);
    response.writeHead(303, { location: back.href }).end();
  }

  #token(request, form) {
    const asked = this.#codes.get(form.get("code"));
    this.#codes.delete(form.get("code"));
    const ours = `Basic ${Buffer.from(`wasl:${encodeURIComponent(SECRET)}`).toString("base64")}`;
    const proof = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
    if (!asked || asked.challenge !== proof || request.headers.authorization !== ours) return [{ error: "invalid_grant" }, 400];
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: "wasl", iat: now, exp: now + LIFETIME_S, nonce: asked.nonce, ...PEOPLE[asked.who] };
    const signed = `${encoded({ alg: "ES256", kid: "k1", typ: "JWT" })}.${encoded(claims)}`;
    const signature = sign("sha256", Buffer.from(signed), { key: this.#keys.privateKey, dsaEncoding: "ieee-p1363" });
    return [{ access_token: "unused", token_type: "Bearer", id_token: `${signed}.${signature.toString("base64url")}` }];
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
