-- id: severe-mental-disorder
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: health
-- title: 严重精神障碍患者家庭未获救助
-- why: 有严重精神障碍诊断记录（首次{first_on}，最近一次{last_on}），家庭目前未享受低保、特困或低保边缘救助[（本人此前的已于{ended_on}终止）]。
-- legal-basis: 《中华人民共和国精神卫生法》；《社会救助暂行办法》（国务院令第649号）
-- feeds: health, registry, police
-- due: 10 working days
-- occasion: event
-- clears: 家庭纳入低保、特困或低保边缘救助，或诊断被撤回

-- Hospitals record a diagnosis again at every visit: only the first ever is a trigger, those after it are links.
-- The end of what the person had is new evidence.
WITH first AS (
    SELECT d.person, min(d.on_day) AS on_day
    FROM diagnosis d
    WHERE d.category = 'severe-mental-disorder'
    GROUP BY d.person
)
SELECT p.person             AS subject,
       'severe-mental-disorder' AS occasion,
       f.on_day             AS first_on,
       max(d.on_day)        AS last_on,
       max(x.ended_on)      AS ended_on,
       array_agg(d.fact) FILTER (WHERE d.on_day = f.on_day) AS triggers_diagnosis,
       array_agg(x.fact)    AS triggers_end,
       array_agg(d.fact)    AS links_diagnosis,
       array_agg(x.fact_list) AS facts_list,
       p.fact_household     AS fact_household
FROM diagnosis d
JOIN first f ON f.person = d.person
JOIN person p ON p.person = d.person
LEFT JOIN ended_benefit x ON x.person = p.person AND x.program IN ('dibao', 'tekun', 'dibao-edge')
WHERE p.living
  AND d.category = 'severe-mental-disorder'
  AND NOT EXISTS (
      SELECT 1 FROM household_program b WHERE b.person = p.person AND b.program IN ('dibao', 'tekun', 'dibao-edge'))
GROUP BY p.person, f.on_day, p.fact_household
