-- id: certificate-expired
-- version: 1
-- procedure: review
-- subject: person
-- sensitivity: health
-- title: 残疾人证已过期仍享受残疾人补贴
-- why: 此人最近一次办理的残疾人证（{category}{grade}级，{certified_on}起）有效期至{valid_until}，已过期，但待遇尚未终止：{programs}。请提醒并协助换证，核实前待遇不变。
-- legal-basis: 《国务院关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见》（国发〔2015〕52号）；中国残疾人联合会《中华人民共和国残疾人证管理办法》
-- feeds: registry
-- due: 10 working days
-- occasion: event
-- clears: 登记新的有效残疾人证，或补贴终止

-- Who has a subsidy and no certificate on record at all is not meant.
SELECT c.person                        AS subject,
       CAST(c.valid_until AS VARCHAR)  AS occasion,
       c.category                      AS category,
       c.grade                         AS grade,
       c.on_day                        AS certified_on,
       c.valid_until                   AS valid_until,
       words(b.program)                AS programs,
       c.fact                          AS trigger_certificate,
       array_agg(b.fact_grant)         AS triggers_grant
FROM certificate c
JOIN person p ON p.person = c.person
JOIN benefit b ON b.person = c.person
WHERE p.living
  AND NOT c.valid
  AND b.program IN ('disability-living', 'disability-nursing')
GROUP BY c.person, c.category, c.grade, c.on_day, c.valid_until, c.fact
