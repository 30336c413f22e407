-- id: missed-disability-living
-- version: 1
-- procedure: entitlement
-- subject: person
-- sensitivity: health
-- title: 低保残疾人未享受生活补贴
-- why: 此人持有效残疾人证（{category}{grade}级，{certified_on}起，有效期至{valid_until}），享受低保（最近一次批准于{dibao_on}），目前未享受困难残疾人生活补贴，也未享受与之互斥的特困、孤儿、事实无人抚养儿童保障和工伤保险生活护理费[；此前已终止：{ended_programs}（最近一次{ended_on}）]。
-- legal-basis: 《国务院关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见》（国发〔2015〕52号）
-- feeds: registry, social-security
-- needs: registry.benefit.granted/disability-living
-- due: 10 working days
-- occasion: event
-- clears: 发放困难残疾人生活补贴，残疾人证到期，低保终止，或纳入互斥的保障

-- A new certificate or a new dibao is a new question for somebody who was not eligible or did not apply; so is the end
-- of the subsidy, or of what stood against it.
SELECT p.person                  AS subject,
       'disability-living'       AS occasion,
       c.category                AS category,
       c.grade                   AS grade,
       c.on_day                  AS certified_on,
       c.valid_until             AS valid_until,
       max(b.granted_on)         AS dibao_on,
       words(x.program)          AS ended_programs,
       max(x.ended_on)           AS ended_on,
       c.fact                    AS trigger_certificate,
       array_agg(b.fact_grant)   AS triggers_grant,
       array_agg(x.fact)         AS triggers_end,
       array_agg(b.fact_list)    AS facts_list
FROM certificate c
JOIN person p ON p.person = c.person
JOIN benefit b ON b.person = p.person
LEFT JOIN ended_benefit x
    ON x.person = p.person AND x.program IN ('disability-living', 'tekun', 'orphan', 'unattended-child')
WHERE p.living
  AND c.valid
  AND b.program = 'dibao'
  AND NOT EXISTS (
      SELECT 1 FROM benefit o
      WHERE o.person = p.person AND o.program IN ('disability-living', 'tekun', 'orphan', 'unattended-child'))
  AND NOT EXISTS (SELECT 1 FROM injury_nursing n WHERE n.person = p.person)
GROUP BY p.person, c.category, c.grade, c.on_day, c.valid_until, c.fact
