// Checks the attestations of the disclosures named, with nothing but Node: prints [digest fits, signature fits] of each.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const canonical = (value) =>
  Array.isArray(value) ? `[${value.map(canonical)}]`
  : value !== null && typeof value === "object"
    ? `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`
  : JSON.stringify(value);

const keyOf = (base64) =>
  createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(base64, "base64").toString("base64url") } });

for (const file of process.argv.slice(2)) {
  const { attestations, ...document } = JSON.parse(readFileSync(file, "utf8"));
  const digest = `sha256:${createHash("sha256").update(canonical(document)).digest("hex")}`;
  const found = attestations.map((attestation) => {
    const { value, ...signature } = attestation.signature;
    const said = Buffer.from(canonical({ ...attestation, signature }));
    return [attestation.digest === digest, verify(null, said, keyOf(signature.public_key), Buffer.from(value, "base64"))];
  });
  console.log(JSON.stringify(found));
}
