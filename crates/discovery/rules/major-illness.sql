-- id: major-illness
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: health
-- title: 近期确诊重大疾病
-- why: 近{days}天内有重大疾病诊断记录（最近一次{last_on}；首次诊断{first_on}），家庭未纳入低收入救助。
-- legal-basis: 《国务院办公厅关于健全重特大疾病医疗保险和救助制度的意见》（国办发〔2021〕42号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: health, registry
-- due: 10 working days
-- occasion: event
-- clears: 家庭纳入低收入救助，诊断被撤回，或诊断超过期限

-- Hospitals record a diagnosis again at every visit: only the first ever is a trigger, those after it are links.
WITH first AS (
    SELECT d.person, min(d.on_day) AS on_day
    FROM diagnosis d
    WHERE d.category = 'major-illness'
    GROUP BY d.person
)
SELECT p.person              AS subject,
       'major-illness'       AS occasion,
       q.major_illness_days  AS days,
       f.on_day              AS first_on,
       max(d.on_day)         AS last_on,
       array_agg(d.fact) FILTER (WHERE d.on_day = f.on_day) AS triggers_diagnosis,
       array_agg(d.fact)     AS links_diagnosis,
       p.fact_household      AS fact_household
FROM diagnosis d
JOIN first f ON f.person = d.person
JOIN person p ON p.person = d.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND NOT p.low_income
  AND d.category = 'major-illness'
  AND d.on_day > add_days(c.as_of, -q.major_illness_days)
GROUP BY p.person, q.major_illness_days, f.on_day, p.fact_household
