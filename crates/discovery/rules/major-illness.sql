-- id: major-illness
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: health
-- title: 近期确诊重大疾病
-- why: 近{days}天内有重大疾病诊断记录（最近一次{last_on}；首次诊断{first_on}），家庭未纳入低收入救助。
-- legal-basis: 《国务院办公厅关于健全重特大疾病医疗保险和救助制度的意见》（国办发〔2021〕42号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: health, registry, police
-- due: 10 working days
-- occasion: event
-- clears: 家庭纳入低收入救助，诊断被撤回，或诊断超过期限

-- Hospitals record a diagnosis again at every visit: one that follows another within the days is a link. One without
-- another so shortly before is a trigger: a new illness, or the old one anew.
WITH start AS (
    SELECT d.fact
    FROM diagnosis d
    CROSS JOIN parameter q
    WHERE NOT EXISTS (
        SELECT 1 FROM diagnosis b
        WHERE b.person = d.person AND b.category = 'major-illness'
          AND b.on_day < d.on_day AND b.on_day > add_days(d.on_day, -q.major_illness_days))
)
SELECT p.person              AS subject,
       'major-illness'       AS occasion,
       q.major_illness_days  AS days,
       min(e.on_day)         AS first_on,
       max(d.on_day)         AS last_on,
       array_agg(s.fact)     AS triggers_diagnosis,
       array_agg(d.fact)     AS links_diagnosis,
       p.fact_household      AS fact_household
FROM diagnosis d
JOIN diagnosis e ON e.person = d.person AND e.category = 'major-illness'
JOIN person p ON p.person = d.person
CROSS JOIN clock c
CROSS JOIN parameter q
LEFT JOIN start s ON s.fact = d.fact
WHERE p.living
  AND NOT p.low_income
  AND d.category = 'major-illness'
  AND d.on_day > add_days(c.as_of, -q.major_illness_days)
GROUP BY p.person, q.major_illness_days, p.fact_household
