import Ajv from 'ajv';
import { FATES, MACHINE_FATES, SEVERITIES, VERDICTS } from '../../../lib/review';
import { jsonReport } from '../../../lib/review/reporters/json';
import schema from '../../../lib/review/reporters/review.schema.json';
import { DAMAGES } from '../damages';
import { GENERATIONS, recorded } from '../recorded';
import { recordedReviews, reviewOf } from './reviews';

const validate = new Ajv({ allErrors: true }).compile(schema);

function problems(text: string): unknown {
  return validate(JSON.parse(text)) ? [] : validate.errors;
}

test.each(recordedReviews())('%s: the review fits its schema', (_name, review) => {
  expect(problems(jsonReport(review))).toEqual([]);
});

test('the reviews of damaged plans fit it, too', () => {
  for (const generation of GENERATIONS) {
    for (const { plan, damage, only } of DAMAGES) {
      if (only !== undefined && only !== generation) continue;
      const json = recorded(`${generation}-${plan}`);
      damage(json, generation);
      expect(problems(jsonReport(reviewOf(json)))).toEqual([]);
    }
  }
});

test('the schema knows exactly the words of the code', () => {
  expect(schema.definitions.volume.properties.fate.enum).toEqual(FATES);
  expect(schema.definitions.clone.properties.machine.properties.fate.enum).toEqual(MACHINE_FATES);
  expect(schema.definitions.finding.properties.severity.enum).toEqual(SEVERITIES);
  expect(schema.properties.verdict.enum).toEqual(VERDICTS);
});

test('the schema refuses what is no review', () => {
  const review = JSON.parse(jsonReport(recordedReviews()[0]![1]));
  expect(problems(JSON.stringify({ ...review, verdict: 'fine' }))).not.toEqual([]);
  expect(problems(JSON.stringify({ ...review, version: 2 }))).not.toEqual([]);
});
