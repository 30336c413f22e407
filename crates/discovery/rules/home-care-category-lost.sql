-- id: home-care-category-lost
-- version: 1
-- procedure: review
-- subject: person
-- sensitivity: health
-- title: 居家上门服务的类别可能不再符合
-- why: 居家上门服务按{occasion}类别提供（最近一次批准于{granted_on}），但[最近一次能力评估（{assessed_on}）为{level}级，不高于{up_to_level}级][所在家庭目前不属于{household_category}家庭，未享受低保、特困、低保边缘或刚性支出困难救助][（本人此前的已于{ended_on}终止）][同户登记还有在世人员{others}人（其中一人{other_on}登记）]，与该类别不符。请核实是否仍符合这一类别或其他类别，核实前服务不变。
-- legal-basis: 中共中央办公厅、国务院办公厅《关于推进基本养老服务体系建设的意见》（2023年）
-- feeds: registry, health, police
-- due: 10 working days
-- occasion: event
-- clears: 重新评估达到失能等级、家庭重新获得低收入救助或同户人员迁出，更改类别，或服务终止

-- Somebody who was never assessed, or is in no police household, is not known to have lost anything.
SELECT p.person                  AS subject,
       b.category                AS occasion,
       max(b.granted_on)         AS granted_on,
       a.on_day                  AS assessed_on,
       a.level                   AS level,
       q.category_lost_level     AS up_to_level,
       CASE WHEN b.category = 'low-income' THEN b.category ELSE NULL END AS household_category,
       max(e.ended_on)           AS ended_on,
       r.others                  AS others,
       r.other_on                AS other_on,
       a.fact                    AS trigger_ability,
       r.fact_other              AS trigger_other,
       array_agg(b.fact_grant)   AS triggers_grant,
       array_agg(b.fact_category) AS triggers_category,
       array_agg(e.fact)         AS triggers_end,
       array_agg(e.fact_list)    AS facts_list,
       r.fact                    AS fact_registration,
       array_agg(p.fact_household) FILTER (WHERE b.category = 'low-income') AS facts_household
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN parameter q
LEFT JOIN ability a ON a.person = p.person AND b.category = 'disabled-elder' AND a.level <= q.category_lost_level
LEFT JOIN co_residence r ON r.person = p.person AND b.category = 'living-alone' AND r.others > 0
LEFT JOIN ended_benefit e ON e.person = p.person AND b.category = 'low-income'
    AND e.program IN ('dibao', 'tekun', 'dibao-edge', 'rigid-spending')
WHERE p.living
  AND b.program = 'home-care'
  AND (a.level IS NOT NULL OR r.others IS NOT NULL OR (b.category = 'low-income' AND NOT p.low_income))
GROUP BY p.person, b.category, q.category_lost_level, a.on_day, a.level, a.fact, r.others, r.other_on, r.fact, r.fact_other
