// ajv on many documents: node verdicts.mjs SCHEMA... < CASES > ANSWERS
// CASES: a line each, {"schema": $id, "text": the document as JSON text}; ANSWERS: a line each, the JSON pointers of
// the places that depart from the schema, none where the document is valid.
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";

const ajv = new Ajv({ strict: true, strictTypes: true, strictTuples: true, strictRequired: false, allErrors: true });
ajv.addVocabulary(["x-ucum", "x-ucum-codes", "x-unit-from"]);
for (const path of process.argv.slice(2)) ajv.addSchema(JSON.parse(readFileSync(path, "utf8")));

const step = (name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
const places = ({ keyword, instancePath, params }) => {
  if (keyword === "if") return []; // the error below `then` or `else` tells the place
  if (keyword === "additionalProperties") return [instancePath + step(params.additionalProperty)];
  if (keyword === "uniqueItems") return [params.i, params.j].map((index) => instancePath + step(index));
  return [instancePath];
};

for (const line of readFileSync(0, "utf8").trimEnd().split("\n")) {
  const { schema, text } = JSON.parse(line);
  const validate = ajv.getSchema(schema);
  const found = validate(JSON.parse(text)) ? [] : validate.errors.flatMap(places);
  console.log(JSON.stringify([...new Set(found)].sort()));
}
