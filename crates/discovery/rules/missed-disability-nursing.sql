-- id: missed-disability-nursing
-- version: 1
-- procedure: entitlement
-- subject: person
-- sensitivity: health
-- title: 重度残疾人未享受护理补贴
-- why: 此人持有效残疾人证（{category}{grade}级，{certified_on}起，有效期至{valid_until}；{up_to_grade}级或更重可享受），目前未享受重度残疾人护理补贴，也未享受与之互斥的特困保障和工伤保险生活护理费[；此前已终止：{ended_programs}（最近一次{ended_on}）]。
-- legal-basis: 《国务院关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见》（国发〔2015〕52号）
-- feeds: registry, social-security
-- needs: registry.benefit.granted/disability-nursing
-- due: 10 working days
-- occasion: event
-- clears: 发放重度残疾人护理补贴，残疾人证到期或等级改变，或纳入互斥的保障

-- Grades count down: 1 is the severest. A new certificate is a new question for somebody who was not eligible; so is the
-- end of the subsidy, or of what stood against it.
SELECT p.person               AS subject,
       'disability-nursing'   AS occasion,
       c.category             AS category,
       c.grade                AS grade,
       q.nursing_grade        AS up_to_grade,
       c.on_day               AS certified_on,
       c.valid_until          AS valid_until,
       words(x.program)       AS ended_programs,
       max(x.ended_on)        AS ended_on,
       c.fact                 AS trigger_certificate,
       array_agg(x.fact)      AS triggers_end
FROM certificate c
JOIN person p ON p.person = c.person
CROSS JOIN parameter q
LEFT JOIN ended_benefit x ON x.person = p.person AND x.program IN ('disability-nursing', 'tekun')
WHERE p.living
  AND c.valid
  AND c.grade <= q.nursing_grade
  AND NOT EXISTS (
      SELECT 1 FROM benefit b WHERE b.person = p.person AND b.program IN ('disability-nursing', 'tekun'))
  AND NOT EXISTS (SELECT 1 FROM injury_nursing n WHERE n.person = p.person)
GROUP BY p.person, c.category, c.grade, q.nursing_grade, c.on_day, c.valid_until, c.fact
