-- id: recipient-in-custody
-- version: 1
-- procedure: review
-- subject: person
-- sensitivity: judicial
-- title: 羁押期间仍在享受待遇
-- why: 公安登记此人自{occasion}起被羁押，最近一次登记（{registered_on}）为{kind}，但待遇尚未终止：{programs}。请核实，核实前待遇不变；家庭其他成员的待遇不受影响。
-- legal-basis: 民政部《最低生活保障审核确认办法》（民发〔2021〕57号）；《国务院关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见》（国发〔2015〕52号）
-- feeds: police, registry
-- due: 5 working days
-- occasion: event
-- clears: 羁押结束，或待遇终止

-- The kind is that of the newest start: who was detained first and is imprisoned now is in custody since the detention.
SELECT u.person                      AS subject,
       CAST(u.began_on AS VARCHAR)   AS occasion,
       u.on_day                      AS registered_on,
       u.kind                        AS kind,
       words(b.program)              AS programs,
       u.fact                        AS trigger_custody,
       u.fact_began                  AS fact_began,
       array_agg(b.fact_grant)       AS triggers_grant,
       array_agg(b.fact_list)        AS facts_list
FROM custody u
JOIN person p ON p.person = u.person
JOIN benefit b ON b.person = u.person
WHERE p.living
  AND u.kind IN ('imprisonment', 'compulsory-rehabilitation')
  AND b.program IN ('dibao', 'disability-living', 'disability-nursing')
GROUP BY u.person, u.began_on, u.on_day, u.kind, u.fact, u.fact_began
