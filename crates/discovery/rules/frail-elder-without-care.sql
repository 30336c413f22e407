-- id: frail-elder-without-care
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: health
-- title: 失能老年人未获照护服务
-- why: 此人{age}岁（{from_years}周岁起），{assessed_on}能力评估为{level}级（0级能力完好至4级完全失能，{from_level}级起关注），目前未享受居家上门服务，也未享受长期护理保险待遇。
-- legal-basis: 《中华人民共和国老年人权益保障法》；中共中央办公厅、国务院办公厅《关于推进基本养老服务体系建设的意见》（2023年）
-- feeds: health, registry, medical-insurance
-- due: 10 working days
-- occasion: event
-- clears: 享受居家上门服务或长期护理保险待遇，或重新评估的等级低于标准
SELECT p.person                  AS subject,
       'frail-elder'             AS occasion,
       p.age                     AS age,
       q.frail_elder_from_years  AS from_years,
       a.level                   AS level,
       a.on_day                  AS assessed_on,
       q.frail_elder_from_level  AS from_level,
       a.fact                    AS trigger_assessment
FROM ability a
JOIN person p ON p.person = a.person
CROSS JOIN parameter q
WHERE p.living
  AND p.age >= q.frail_elder_from_years
  AND a.level >= q.frail_elder_from_level
  AND NOT EXISTS (SELECT 1 FROM benefit b WHERE b.person = p.person AND b.program = 'home-care')
  AND NOT EXISTS (SELECT 1 FROM long_term_care l WHERE l.person = p.person)
